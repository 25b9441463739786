// Configuration: its parts, each loaded when it is looked at: settings, routes, users, tokens.
import { el, make } from "/dom.js";
import { onLanguage, say } from "/languages.js";
import { may, open, refresh as refreshNow } from "/shell.js";

const words = {
  en: { parts: "Parts of the configuration", part_settings: "Settings", part_routes: "Routes", part_users: "Users", part_tokens: "Tokens" },
  id: { parts: "Bagian konfigurasi", part_settings: "Pengaturan", part_routes: "Rute", part_users: "Pengguna", part_tokens: "Token" },
};

// Each part's module has `build(root)`, and where it changes by itself `refresh()`, which may throw Problem.
const parts = [
  { name: "settings", needs: "audit", load: () => import("/settings_part.js") },
  { name: "routes", needs: "inspect", load: () => import("/routes_part.js") },
  { name: "users", needs: "administer", load: () => import("/users_part.js") },
  { name: "tokens", needs: "administer", load: () => import("/tokens_part.js") },
];

let present = null; // the part that is shown
let module = null;

/** "#users" is a part; "#s-dicom" is a place within the settings. */
function wanted() {
  const name = location.hash.slice(1);
  const seen = parts.filter((each) => may(each.needs));
  return seen.find((each) => each.name === name) ?? (name.startsWith("s-") ? seen[0] : (present ?? seen[0]));
}

function drawParts() {
  const links = parts
    .filter((each) => may(each.needs))
    .map((each) => make("a", { href: `#${each.name}`, textContent: say(`part_${each.name}`), attributes: each === present ? { "aria-current": "true" } : {} }));
  el("parts").replaceChildren(...links);
}

async function build() {
  drawParts();
  module = await present.load();
  const root = make("div", { className: "part" });
  module.build(root);
  el("part").replaceChildren(root);
}

async function refresh() {
  const part = wanted();
  if (!part) return;
  if (part !== present) {
    present = part;
    await build();
  }
  await module.refresh?.();
}

addEventListener("hashchange", () => refreshNow());
onLanguage(() => present && build().then(refreshNow));
open({ name: "configuration", needs: "audit", words, every_ms: 15000, events: ["alarm"], refresh });

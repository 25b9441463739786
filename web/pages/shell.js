// Shell: what every page has around it: header, navigation, who is logged in, and asking anew on time and on events.
import "/shell_words.js";
import { ask, now, Problem, setRole } from "/api.js";
import { el, make, setText } from "/dom.js";
import { Clock, span } from "/formats.js";
import { choose, language, languageNames, learn, onLanguage, say, speak } from "/languages.js";
import { listen } from "/live.js";
import { closeMenus, listenToKeys, mayAs, navigation, skipLink, trouble } from "/places.js";
import { attempt } from "/toast.js";

/** Who asks whom; filled before a page's `refresh` is first called. */
export const session = { node: null, role: "", clock: new Clock("UTC"), answered_at: null, is_lost: false };

let page = null;
let asking = null;
let timer = 0;

/** Whether the role allows it, and the bridge can do it: then the button is there. */
export function may(permission) {
  const acts = permission === "operate" || permission === "administer";
  return mayAs(session.role, permission) && (!acts || session.node.can_act);
}

export const canAct = () => may("operate");

/** "02:13", or with the day where it is another one. */
export const at = (instant) => (instant ? session.clock.at(instant, now()) : "");

function languageButton() {
  const other = language() === "en" ? "id" : "en";
  const button = make("button", { type: "button", id: "language", lang: other, textContent: other.toUpperCase(), title: languageNames[other], attributes: { "aria-label": languageNames[other] } });
  button.addEventListener("click", () => attempt(null, () => choose(other)).then(() => el("language").focus()));
  return button;
}

/** What few open: it is loaded when they do. */
const shellAct = (name) => () => attempt(null, async () => (await import("/shell_acts.js"))[name](session.role, page.keys?.() ?? []));

function menuButton(word, run) {
  const button = make("button", { type: "button", textContent: say(word) });
  button.addEventListener("click", run);
  return button;
}

function whoMenu() {
  const { node, role } = session;
  const name = node.user ?? say("open_access");
  const who = node.user ? say("logged_in_as", { name, role: say(`role_${role}`) }) : say("local_as", { actor: node.actor });
  const items = [make("p", { className: "faint", textContent: who })];
  if (node.user) items.push(menuButton("change_password", shellAct("changePassword")), menuButton("log_out", shellAct("logOut")));
  items.push(menuButton("show_keys", shellAct("showKeys")));
  return make("details", { className: "menu" }, make("summary", { attributes: { "aria-label": say("menu_of", { actor: name }) } }, make("span", { textContent: name })), make("div", {}, ...items));
}

function brand() {
  const name = session.node?.name ?? "DICOM Bridge";
  const version = session.node ? `DICOM Bridge ${session.node.version}` : "";
  return make("a", { className: "brand", href: "/" }, make("img", { src: "/icon.svg", alt: "", width: 30, height: 30 }), make("div", {}, make("strong", { id: "node-name", textContent: name }), make("span", { id: "node-version", textContent: version })));
}

function drawHeader() {
  const clock = make("div", { className: "clock" }, page.refresh && make("span", { id: "live", className: "live", textContent: say("connecting"), dataset: { live: "wait" } }), make("time", { id: "clock" }), languageButton(), session.node && whoMenu());
  const nav = session.node && navigation(session.role, page.name);
  document.querySelector("header.shell").replaceChildren(brand(), nav || "", clock);
  nav && nav.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  document.querySelector(".skip")?.remove();
  el("open-banner")?.remove();
  if (session.node?.access === "open") document.body.prepend(make("p", { id: "open-banner", className: "banner", textContent: say("open_banner"), attributes: { role: "note" } }));
  document.body.prepend(skipLink());
  document.querySelector("footer")?.remove();
  if (session.node) document.body.append(make("footer", {}, make("span", { textContent: say("times_of", { zone: session.clock.zone }) }), make("span", { id: "footer-more" })));
}

function drawAll() {
  drawHeader();
  speak();
  document.title = [page.name && say(`place_${page.name}`), session.node?.name, "DICOM Bridge"].filter(Boolean).join(" · ");
  tick();
  if (session.node) page.show?.();
}

function tick() {
  if (session.node && el("clock")) setText(el("clock"), session.clock.seconds(now()));
  showLive();
}

function showLive() {
  if (!page.refresh || session.answered_at === null) return;
  const silent_ms = performance.now() - session.answered_at;
  session.is_lost = silent_ms > Math.max(6000, 3 * page.every_ms);
  el("live").dataset.live = session.is_lost ? "no" : "yes";
  setText(el("live"), say(session.is_lost ? "not_answering" : "live"));
  el("main").classList.toggle("stale", session.is_lost);
  if (session.is_lost) trouble(say("lost", { span: span(silent_ms), at: session.clock.at(now() - silent_ms, now()) }));
}

async function askNode() {
  const { body, same } = await ask("/api/v1/node");
  if (same && session.node) return;
  session.node = body;
  session.role = body.role ?? "admin";
  if (page.events && mayAs(session.role, "watch")) {
    listen(page.events, refresh);
    page.events = null; // once
  }
  session.clock = new Clock(body.timezone);
  setRole(say(`role_${session.role}`));
  drawAll();
}

function unreachable(error) {
  if (session.answered_at !== null && error.status === 0) return showLive();
  return trouble(error instanceof Problem ? error.message : String(error));
}

async function askOnce() {
  try {
    await askNode();
    if (!mayAs(session.role, page.needs)) return notForThem();
    await page.refresh();
    session.answered_at = performance.now();
    trouble(session.node.can_act ? "" : say("stopped"));
    page.show?.();
  } catch (error) {
    unreachable(error);
    if (!(error instanceof Problem)) throw error;
  } finally {
    tick();
  }
  return undefined;
}

function notForThem() {
  if (page.name === "overview") return location.replace("/studies.html");
  el("main").replaceChildren(make("section", { className: "panel" }, make("p", { textContent: say("no_permission", { role: say(`role_${session.role}`) }) }), make("p", {}, make("a", { href: "/studies.html", textContent: say("to_studies") }))));
  page = { ...page, refresh: async () => {}, show: undefined };
  return undefined;
}

/** Asks at once, as after something was done. One at a time; whoever comes meanwhile is answered after the next. */
export async function refresh() {
  if (asking) {
    await asking;
    if (asking) return asking;
  }
  clearTimeout(timer);
  asking = askOnce();
  try {
    await asking;
  } finally {
    asking = null;
    timer = setTimeout(refresh, document.hidden ? 5 * page.every_ms : page.every_ms);
  }
  return undefined;
}

/**
 * Opens a page whose <header class="shell"> and <main id="main"> are empty or not, and keeps it up to date.
 * `name`: of places.js. `needs`: the permission without which it is not shown. `words`: {en, id}. `refresh()`: asks what
 * the page shows; throws Problem. `show()`: shows it, also each second where `ticks`, and when the language changed.
 * `keys()`: [[key, words]] for the list of keys. `events`: which of the bridge's events make it ask anew.
 */
export function open({ every_ms = 5000, needs = "look", events = ["job", "destination", "alarm"], ticks = false, ...rest }) {
  page = { every_ms, needs, events, ...rest };
  learn(page.words ?? { en: {}, id: {} });
  drawHeader();
  speak();
  onLanguage(drawAll);
  closeMenus();
  listenToKeys(() => session.role, shellAct("showKeys"));
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  setInterval(() => {
    tick();
    if (ticks && session.node && !document.hidden) page.show?.();
  }, 1000);
  return refresh();
}

/** A page for who is not logged in yet: no navigation, nothing asked. */
export function openDoor({ words, show }) {
  page = { name: "", show, words };
  learn(words);
  drawAll();
  show?.();
  onLanguage(() => {
    drawAll();
    show?.();
  });
}

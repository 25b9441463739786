// Places: which pages there are, which role sees which, and what a role may do; and the keys that lead there.
import { el, make } from "/dom.js";
import { say } from "/languages.js";

export const places = [
  { name: "overview", path: "/", key: "o", needs: "watch" },
  { name: "outbox", path: "/outbox.html", key: "b", needs: "inspect" },
  { name: "national", path: "/national.html", key: "n", needs: "inspect" },
  { name: "studies", path: "/studies.html", key: "s", needs: "look" },
  { name: "history", path: "/history.html", key: "h", needs: "inspect" },
  { name: "configuration", path: "/configuration.html", key: "c", needs: "audit" },
];

// As the bridge has it (permission.cpp), so that nobody is offered what would be refused. The bridge decides all the same.
const permissions = {
  viewer: ["look"],
  operator: ["watch", "look", "inspect", "operate"],
  auditor: ["watch", "look", "inspect", "audit"],
  admin: ["watch", "look", "inspect", "audit", "operate", "administer"],
};

export function mayAs(role, permission) {
  return (permissions[role] ?? []).includes(permission);
}

/** The navigation, with the place that this is. */
export function navigation(role, present) {
  const links = places
    .filter((each) => mayAs(role, each.needs))
    .map((each) => make("a", { href: each.path, textContent: say(`place_${each.name}`), attributes: each.name === present ? { "aria-current": "page" } : {} }));
  return make("nav", { className: "places", attributes: { "aria-label": say("places") } }, ...links);
}

function isTyping(event) {
  return event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null;
}

const second_key_within_ms = 1500;

/** `showKeys`: what `?` does. */
export function listenToKeys(role, showKeys) {
  let went = -Infinity;
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event) || document.querySelector("dialog[open]")) return;
    const isSecond = event.timeStamp - went < second_key_within_ms;
    went = event.key === "g" ? event.timeStamp : -Infinity;
    const place = isSecond && places.find((each) => each.key === event.key && mayAs(role(), each.needs));
    if (place) {
      event.preventDefault();
      location.href = place.path;
    } else if (event.key === "/" && document.querySelector("[data-search]")) {
      event.preventDefault();
      document.querySelector("[data-search]").focus();
    } else if (event.key === "?") {
      showKeys();
    }
  });
}

/** A menu closes on Escape, and when somebody goes elsewhere. */
export function closeMenus() {
  const open = () => [...document.querySelectorAll("details.menu[open]")];
  addEventListener("click", (event) => open().forEach((each) => each.contains(event.target) && !event.target.closest(".menu > div button") ? null : (each.open = false)));
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const each of open()) {
      each.open = false;
      each.querySelector("summary").focus();
    }
  });
}

export const skipLink = () => make("a", { className: "skip", href: "#main", textContent: say("skip") });

/** The text of what is wrong with the whole page, above everything; "" takes it away. */
export function trouble(text) {
  let shown = el("trouble");
  if (!shown) {
    shown = make("p", { id: "trouble", className: "trouble", hidden: true, attributes: { role: "alert" } });
    el("main").prepend(shown);
  }
  if (shown.textContent !== text) shown.textContent = text;
  shown.hidden = text === "";
}

// Sender row: who was at the door, and for whom nothing names yet, the lines that would.
import { cell, make } from "/dom.js";
import { plain, say } from "/languages.js";

/** TOML takes JSON's strings; the configuration would take the environment's word for what is in ${}. */
const toml = (text) => JSON.stringify(text).replaceAll("${", () => "$${");

/** What to put into the configuration, so that a sender has a name: one that no other machine of its title has. */
function snippet(sender) {
  return `[[sender]]\nname = ${toml(`${sender.calling_ae_title.toLowerCase()} ${sender.address}`)}\nae_title = ${toml(sender.calling_ae_title)}\naddress = ${toml(sender.address)}`;
}

function senderName(sender) {
  if (!sender.is_new) return make("span", { className: "faint", textContent: sender.name });
  return make("details", { className: "new" }, make("summary", { textContent: say("new_sender"), dataset: { act: "name" } }), make("p", { textContent: say("new_sender_text") }), make("pre", { textContent: snippet(sender) }));
}

/** Times, not ages: a row that only grows older is left alone, with what a person opened or selected in it. */
export function senderPrint(sender, at) {
  const when = (instant) => (instant ? at(instant) : say("none"));
  const refused = sender.refused > 0 ? say("sender_refused", { n: sender.refused, reason: sender.refused_reason }) : "";
  const shown = { sender, refused, seen: when(sender.last_seen_at), last: when(sender.last_received_at) };
  return { ...shown, print: [sender.is_new, sender.name, refused, shown.seen, shown.last, sender.receipts] };
}

export function senderRow({ sender, last, seen, refused }) {
  return make("tr", {},
    cell("", "", sender.calling_ae_title, senderName(sender)),
    cell(say("address"), "", sender.address),
    cell(say("last_seen"), "nowrap", seen, refused && make("span", { className: "faint", textContent: refused })),
    cell(say("last_image"), "nowrap", last),
    cell(say("images"), "number", plain(sender.receipts)));
}

// History verify: whether the chain is whole, in words, and the hash to keep elsewhere. Loaded when somebody asks.
import { ask, withQuery } from "/api.js";
import { copyButton } from "/dialogs.js";
import { el, make } from "/dom.js";
import { say } from "/languages.js";
import { attempt } from "/toast.js";

// Millions of rows take their time.
const within_ms = 600000;

function told(found, anchor) {
  const lines = [found.broken_at ? say("broken", { at: String(found.broken_at) }) : say("intact", { n: found.rows })];
  if (anchor && !found.broken_at) lines.push(say(found.anchor_found ? "anchor_there" : "anchor_missing"));
  return lines.map((text) => make("p", { textContent: text }));
}

function tip(found) {
  const hash = make("code", { textContent: found.tip });
  return [make("p", { className: "faint", textContent: say("tip_text") }), make("div", { className: "tip" }, hash, copyButton(hash, found.tip))];
}

export async function verify(anchor, button) {
  const shown = el("verified");
  shown.hidden = false;
  shown.removeAttribute("data-intact");
  shown.replaceChildren(make("p", { textContent: say("verifying") }));
  const answer = await attempt(button, () => ask(withQuery("/api/v1/history/verify", { anchor }), within_ms));
  shown.hidden = answer === null;
  if (!answer) return;
  const found = answer.body;
  shown.dataset.intact = found.intact ? "yes" : "no";
  shown.replaceChildren(...told(found, anchor), ...(found.intact ? tip(found) : []));
}

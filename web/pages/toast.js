// Toast: says what happened, above everything; and runs what a button is for, telling where it was refused.
import { Problem } from "/api.js";
import { el, make } from "/dom.js";
import { learn, say } from "/languages.js";

learn({
  en: { went_wrong: "The page has an error: {text}" },
  id: { went_wrong: "Halaman ini bermasalah: {text}" },
});

const told_for_ms = 8000;
let toastTimer = 0;

/** Says what happened, above everything, and read out. */
export function toast(text) {
  const shown = el("toast") ?? document.body.appendChild(make("div", { id: "toast", className: "toast", attributes: { role: "status", "aria-live": "polite", popover: "manual" } }));
  shown.hidden = false;
  // Shown anew it comes above a dialog that was opened meanwhile.
  if (shown.matches(":popover-open")) shown.hidePopover();
  shown.showPopover();
  shown.textContent = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => shown.hidePopover(), told_for_ms);
}

/** Runs what a button is for: it is disabled meanwhile, and a refusal is told. Null where it was refused. */
export async function attempt(button, work) {
  if (button) button.disabled = true;
  try {
    return await work();
  } catch (error) {
    toast(error instanceof Problem ? error.message : say("went_wrong", { text: String(error.message) }));
    return null;
  } finally {
    if (button) button.disabled = false;
  }
}

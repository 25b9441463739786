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

let pressed = null; // the page's button of the last click: while it is disabled, or a dialog is open, it has no focus
addEventListener("click", ({ target }) => (pressed = target.closest("dialog") ? pressed : (target.closest("button, a, summary") ?? pressed)), { capture: true });

/** Gives focus back to what has it now, or to what took its place when its row was made anew. */
export function focusKeeper() {
  const active = document.activeElement;
  const opener = active === document.body || active.closest("dialog") ? pressed : active;
  const key = opener?.closest("[data-key]")?.dataset.key;
  const act = opener?.dataset.act;
  return () => {
    const row = key && [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key);
    const heir = opener?.isConnected ? opener : row && act && row.querySelector(`[data-act="${CSS.escape(act)}"]`);
    heir?.focus();
  };
}

/** Runs what a button is for: it is disabled meanwhile, and a refusal is told. Null where it was refused. */
export async function attempt(button, work) {
  const focusBack = focusKeeper();
  if (button) button.disabled = true;
  try {
    return await work();
  } catch (error) {
    toast(error instanceof Problem ? error.message : say("went_wrong", { text: String(error.message) }));
    return null;
  } finally {
    if (button) button.disabled = false;
    if (button && (document.activeElement === document.body || document.activeElement.closest("dialog:not([open])"))) focusBack();
  }
}

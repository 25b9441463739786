// DOM: elements made and kept without a word of markup: whatever comes from outside becomes text.

export const el = (id) => document.getElementById(id);

/** `properties`: those of the element; `dataset` and `attributes` are set by name. Children: nodes and texts; what is
 *  false, null or "" is left out. */
export function make(name, properties = {}, ...children) {
  const made = document.createElement(name);
  const { dataset, attributes, ...rest } = properties;
  Object.assign(made, rest);
  Object.assign(made.dataset, dataset ?? {});
  for (const [key, value] of Object.entries(attributes ?? {})) made.setAttribute(key, value);
  made.append(...children.filter((each) => each !== null && each !== undefined && each !== false && each !== ""));
  return made;
}

/** An element of SVG. */
export function draw(name, attributes = {}, ...children) {
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) drawn.setAttribute(key, String(value));
  drawn.append(...children);
  return drawn;
}

/** Leaves the page alone where nothing changed, so that focus, selection and screen readers stay where they are. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** A cell of a table; `label` is said before it where the rows are cards. */
export function cell(label, className, ...children) {
  return make("td", { className, dataset: { label } }, ...children);
}

/** A button of a row: `act` names it within the row, so that focus stays on it when the row is made anew. */
export function actButton(text, act, label, run) {
  const button = make("button", { type: "button", textContent: text, dataset: { act } });
  if (label) button.setAttribute("aria-label", label);
  button.addEventListener("click", () => run(button));
  return button;
}

// What a finger or a button is on stays as it is: a click ends on the element that it began on, or it is lost.
let touched = null;
addEventListener("pointerdown", (event) => (touched = event.target), { capture: true });
for (const kind of ["pointerup", "pointercancel"]) addEventListener(kind, () => setTimeout(() => (touched = null), 50), { capture: true });

/** What somebody opened in a row is open in the one that takes its place. */
function inheritOpen(fresh, row) {
  for (const summary of row.querySelectorAll("details[open] > summary[data-act]")) {
    const heir = fresh.querySelector(`details > summary[data-act="${CSS.escape(summary.dataset.act)}"]`);
    if (heir) heir.parentElement.open = true;
  }
}

function focusIn(row) {
  const focused = document.activeElement;
  return row?.contains(focused) && focused !== row ? (focused.dataset.act ?? focused.id) : null;
}

/** Replaces the rows of a list whose content changed, by key, and keeps focus inside a replaced row. What a row shows is
 *  told by `item.print`, where that is there, else by the item. */
export function keepRows(list, items, keyOf, render) {
  const present = new Map([...list.children].map((row) => [row.dataset.key, row]));
  const language = document.documentElement.lang;
  items.forEach((item, at) => {
    const key = String(keyOf(item));
    const print = JSON.stringify([language, item.print ?? item]);
    let row = present.get(key);
    present.delete(key);
    if (row?.dataset.print !== print && !(touched && row?.contains(touched))) {
      const focused = focusIn(row);
      const fresh = render(item, row);
      fresh.dataset.key = key;
      fresh.dataset.print = print;
      if (row) {
        inheritOpen(fresh, row);
        row.replaceWith(fresh);
      }
      row = fresh;
      if (focused) (row.querySelector(`[data-act="${CSS.escape(focused)}"]`) ?? row.querySelector("button, a"))?.focus();
    }
    if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null);
  });
  for (const row of present.values()) row.remove();
}

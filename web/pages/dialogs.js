// Dialogs: a person is asked before something is done, and shown how far long work is. Loaded when the first one opens.
import { make, setText } from "/dom.js";
import { learn, plain, say } from "/languages.js";
import { focusKeeper } from "/toast.js";

// Before the first one opens: a dialog without its style would be seen for a moment.
await new Promise((resolve) => document.head.append(make("link", { rel: "stylesheet", href: "/dialogs.css", onload: resolve, onerror: resolve })));

learn({
  en: { leave_it: "Leave it", close: "Close", of_total: "{done} of {total}", working: "Working …", copy: "Copy", copied: "Copied", note_label: "Why (goes into the history)" },
  id: { leave_it: "Batal", close: "Tutup", of_total: "{done} dari {total}", working: "Sedang dikerjakan …", copy: "Salin", copied: "Tersalin", note_label: "Alasan (masuk ke riwayat)" },
});

/** A dialog with the content, open; gone when it is closed. `closed`: a promise of its return value. */
export function openDialog(title, ...content) {
  const heading = make("h2", { textContent: title, id: `dialog-title-${Math.random().toString(36).slice(2)}` });
  const dialog = make("dialog", { attributes: { "aria-labelledby": heading.id } }, heading, ...content);
  const focusBack = focusKeeper();
  document.body.append(dialog);
  const closed = new Promise((resolve) =>
    dialog.addEventListener("close", () => {
      dialog.remove();
      focusBack();
      resolve(dialog.returnValue);
    }, { once: true }));
  dialog.showModal();
  return { dialog, closed };
}

const closeButton = () => make("div", { className: "buttons" }, make("button", { value: "no", className: "primary", textContent: say("close") }));

/** Shows something until it is closed. */
export function show(title, ...content) {
  const form = make("form", { method: "dialog" }, ...content, closeButton());
  const opened = openDialog(title, form);
  opened.dialog.classList.add("wide");
  return opened;
}

function field(each, number) {
  const id = `ask-${number}`;
  const { label, options, name, ...rest } = each;
  if (rest.type === "checkbox") {
    const box = make("input", { id, name, ...rest });
    return make("label", {}, box, " ", label);
  }
  const input = options
    ? make("select", { id, name }, ...options.map(([value, text]) => make("option", { value, textContent: text, selected: value === rest.value })))
    : make("input", { id, name, type: "text", maxLength: 300, autocomplete: "off", ...rest });
  return make("div", {}, make("label", { htmlFor: id, textContent: label }), input);
}

/**
 * Asks a person before something is done: their words by the fields' names, or null when they leave it.
 * `fields`: [{name, label, type, required, value, options: [[value, text]], …}].
 */
export async function confirmed({ title, text = "", content = [], fields = [], yes }) {
  const paragraphs = [text].flat().filter(Boolean).map((each) => make("p", { textContent: each }));
  const leave = make("button", { value: "no", type: "submit", formNoValidate: true, textContent: say("leave_it") });
  const go = make("button", { value: "yes", type: "submit", className: "primary", textContent: yes });
  // Enter in a field is the first button's: that must be the one that the field is for.
  const form = make("form", { method: "dialog" }, ...paragraphs, ...content, ...fields.map(field), make("div", { className: "buttons reversed" }, go, leave));
  const { dialog, closed } = openDialog(title, form);
  (form.querySelector("input, select") ?? leave).focus();
  if ((await closed) !== "yes") return null;
  const said = {};
  for (const each of dialog.querySelectorAll("input, select")) said[each.name] = each.type === "checkbox" ? each.checked : each.value.trim();
  return said;
}

/** Long work with a bar: `work(progress)` calls progress(done, total). The dialog stays until it is done. */
export async function withProgress(title, work) {
  const bar = make("progress", { attributes: { "aria-label": title } });
  const text = make("p", { textContent: say("working") });
  const { dialog } = openDialog(title, text, bar);
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  try {
    return await work((done, total) => {
      bar.max = Math.max(1, total);
      bar.value = done;
      setText(text, total > 0 ? say("of_total", { done, total }) : plain(done));
    });
  } finally {
    dialog.close();
  }
}

/** A button that puts a text on the clipboard; where the browser has none, the text is selected instead. */
export function copyButton(shown, text) {
  const button = make("button", { type: "button", textContent: say("copy") });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = say("copied");
    } catch {
      getSelection().selectAllChildren(shown);
    }
  });
  return button;
}

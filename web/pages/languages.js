// Languages: the page's words by key, in the language that the person chose, with plural forms and numbers as it has them.

const locales = { en: "en-GB", id: "id-ID" };
const names = { en: "English", id: "Bahasa Indonesia" };
export const words = { en: {}, id: {} }; // to be read by others only
const listeners = [];

let current = localStorage.getItem("language") ?? ((navigator.language ?? "en").startsWith("id") ? "id" : "en");
if (!(current in locales)) current = "en";
document.documentElement.lang = current;

let number = new Intl.NumberFormat(locales[current]);

export const language = () => current;
export const locale = () => locales[current];
export const languageNames = names;

/** Adds words: {en: {key: form}, id: {…}}, or of one of them. A form is a text with {names} in it, or {one, other}: which of them
 *  is for `n` to say. Indonesian has no plural forms: one text does. */
export function learn(more) {
  for (const each of Object.keys(words)) {
    for (const [key, form] of Object.entries(more[each] ?? {})) {
      // One key means one thing, whichever module is loaded first.
      if (key in words[each] && JSON.stringify(words[each][key]) !== JSON.stringify(form)) throw new Error(`two meanings of ${key}`);
      words[each][key] = form;
    }
  }
}

export const plain = (n) => number.format(n);

/** The words of `key`, with the values put in; numbers are written as the language has them. */
export function say(key, values = {}) {
  const form = words[current][key] ?? words.en[key];
  if (form === undefined) throw new Error(`no words for ${key}`);
  const text = typeof form === "string" ? form : form[values.n === 1 ? "one" : "other"];
  return text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === "number" ? plain(values[name]) : String(values[name] ?? "")));
}

/** Whether there are words of that key in this language: for codes that a newer bridge may have. */
export const knows = (key) => key in words[current];

/** Of a code: our words for it in this language, else what the bridge says, else the code itself. */
export function sayCode(prefix, code, otherwise = "", values = {}) {
  return knows(prefix + code) ? say(prefix + code, values) : otherwise || code;
}

/** Fixed texts of the page: data-word is the text, data-label-word the accessible name, data-hint a field's placeholder. */
export function speak(root = document) {
  for (const each of root.querySelectorAll("[data-word]")) each.textContent = say(each.dataset.word);
  for (const each of root.querySelectorAll("[data-label-word]")) each.setAttribute("aria-label", say(each.dataset.labelWord));
  for (const each of root.querySelectorAll("[data-hint]")) each.placeholder = say(each.dataset.hint);
}

const loaders = [];

/** Words in files of their own, {en: () => import(…), id: …}: only those of the language that is spoken are loaded. To be
 *  awaited before they are said. */
export function learnSpoken(load) {
  loaders.push(load);
  return load[current]?.();
}

export async function choose(next) {
  await Promise.all(loaders.map((load) => load[next]?.()));
  current = next;
  localStorage.setItem("language", next);
  document.documentElement.lang = next;
  number = new Intl.NumberFormat(locales[next]);
  for (const each of listeners) each();
}

/** Called after the language changed; `learn`ed words are the new ones by then. */
export function onLanguage(listener) {
  listeners.push(listener);
}

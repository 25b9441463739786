// Searching: a page's form, its address and its listing as one: what is typed is asked, Back leads to what was before.
import { el, setText } from "/dom.js";
import { fillForm, followLinks, readAddress, readForm, writeAddress } from "/filter.js";
import { attempt } from "/toast.js";

/**
 * `form`: with the fields; `names`: of the terms; `went(terms)`: somebody goes to another filter, also at once.
 * Returns `go(terms)`: somebody goes there.
 */
export function searching(form, names, went) {
  const read = () => {
    const terms = readAddress(names);
    fillForm(form, terms);
    return went(terms);
  };
  const go = (terms) => {
    writeAddress(terms);
    return read();
  };
  // A term that has no field is not the form's to drop.
  const others = () => Object.fromEntries(Object.entries(readAddress(names)).filter(([name]) => !form.elements[name]));
  const submit = () => go({ ...others(), ...readForm(form) });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  for (const each of form.querySelectorAll("select, input[type=date], input[type=month]")) each.addEventListener("change", submit);
  form.querySelector("#clear")?.addEventListener("click", () => go({}));
  followLinks(read);
  read();
  return go;
}

/** What the API says of a filter that it does not take, and at which field. */
export function showRefusal(form, listing) {
  setText(el("filter-wrong"), listing.refused);
  el("filter-wrong").hidden = listing.refused === "";
  for (const each of form.elements) if (each.name) each.setAttribute("aria-invalid", String(listing.refused !== "" && each.name === listing.parameter));
}

/** The button for more rows. */
export function offerMore(listing, show) {
  el("more").addEventListener("click", () => attempt(el("more"), async () => {
    await listing.more();
    show();
  }));
}

// Filter: what a list is narrowed down to, as the address bar, a form and the API have it: the same terms.

/** The terms of the address bar, of those names. */
export function readAddress(names) {
  const query = new URLSearchParams(location.search);
  return Object.fromEntries(names.map((name) => [name, query.get(name) ?? ""]).filter(([, value]) => value !== ""));
}

/** Goes to another view of the same page, so that Back leads here; `replace`: Back does not. */
export function writeAddress(terms, replace = false) {
  const query = new URLSearchParams(terms).toString();
  const place = location.pathname + (query ? `?${query}` : "");
  if (replace) history.replaceState(null, "", place);
  else if (place !== location.pathname + location.search) history.pushState(null, "", place);
}

export function readForm(form) {
  const terms = {};
  for (const each of form.elements) if (each.name && each.value.trim()) terms[each.name] = each.value.trim();
  return terms;
}

/** When somebody came to another view: what they typed for the one before is gone. */
export function fillForm(form, terms) {
  for (const each of form.elements) if (each.name) each.value = terms[each.name] ?? "";
}

/** The options of a select: [[value, text]]; what is chosen stays, also where it is no longer among them. */
export function fillSelect(select, options, chosen) {
  const all = options.some(([value]) => value === chosen) ? options : [...options, [chosen, chosen]];
  const print = JSON.stringify(all);
  if (select.dataset.print !== print) {
    select.dataset.print = print;
    select.replaceChildren(...all.map(([value, text]) => new Option(text, value)));
  }
  if (select.value !== chosen) select.value = chosen;
}

/** Links to other views of this page go there without loading it again. */
export function followLinks(went) {
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const place = new URL(link.href);
    if (place.origin !== location.origin || place.pathname !== location.pathname) return;
    event.preventDefault();
    writeAddress(place.searchParams);
    went();
  });
  addEventListener("popstate", went);
}

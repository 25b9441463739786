// Ages: of each destination what is owed, by age; each cell leads to its list.
import { withQuery } from "/api.js";
import { cell, keepRows, make } from "/dom.js";
import { span } from "/formats.js";
import { plain, say } from "/languages.js";

const warn_minutes = 60;
const bad_minutes = 640;

function ageText(minutes, column) {
  return column < minutes.length ? say("age_below", { span: span(minutes[column] * 60000) }) : say("age_above", { span: span(minutes[minutes.length - 1] * 60000) });
}

function level(minutes, column) {
  const least = column === 0 ? 0 : minutes[column - 1];
  return least >= bad_minutes ? "age-bad" : least >= warn_minutes ? "age-warn" : "age-ok";
}

function numberCell(name, n, age, filter, className) {
  if (n === 0) return cell(age, "zero", "0");
  const link = make("a", { href: withQuery("/outbox.html", filter), textContent: plain(n), dataset: { act: age }, attributes: { "aria-label": say("age_cell", { n, name, age }) } });
  return cell(age, className, link);
}

function row({ each, ages }) {
  const { name } = each;
  const total = each.undelivered.reduce((sum, n) => sum + n, 0);
  const cells = each.undelivered.map((n, column) => {
    const { since, until } = ages.bounds[column];
    return numberCell(name, n, ageText(ages.minutes, column), { destination: name, undelivered: "true", since, until }, level(ages.minutes, column));
  });
  return make("tr", {},
    make("td", {}, make("a", { href: withQuery("/outbox.html", { destination: name }), textContent: name, dataset: { act: "name" } })),
    numberCell(name, total, say("age_total"), { destination: name, undelivered: "true" }, ""),
    ...cells,
    numberCell(name, each.waiting, say("age_waiting"), { destination: name, state: "queued" }, ""));
}

/** The destinations that are owed something, and whether there are any. */
export function showAges(table, ages) {
  const columns = [say("age_destination"), say("age_total"), ...ages.minutes.map((_, column) => span(ages.minutes[column] * 60000)), `${span(ages.minutes[ages.minutes.length - 1] * 60000)} +`, say("age_waiting")];
  const head = table.tHead.rows[0];
  const print = JSON.stringify(columns);
  if (head.dataset.print !== print) {
    head.dataset.print = print;
    head.replaceChildren(...columns.map((text) => make("th", { scope: "col", textContent: text })));
  }
  const some = ages.destinations.filter((each) => each.waiting > 0 || each.undelivered.some((n) => n > 0));
  // The bounds move on with each answer: a row is made anew where its numbers changed, and then its links are of now.
  keepRows(table.tBodies[0], some.map((each) => ({ each, ages, print: [each, ages.at] })), ({ each }) => each.name, row);
  return some.length > 0;
}

// Month: how much came in one month, and what became of it at the platform.
import { el, keepRows, make, setText } from "/dom.js";
import { plain, say } from "/languages.js";

const states = ["waiting", "queued", "sending", "uncertain", "held", "cancelled"];

function count({ word, n, isAlert, values }) {
  return make("div", { className: isAlert ? "alert" : "" }, make("dt", { textContent: say(word, values) }), make("dd", { textContent: plain(n) }));
}

function countsOf(books, name) {
  const { received, unrouted } = books.instances;
  const all = [{ word: "m_received", n: received }];
  if (unrouted > 0) all.push({ word: "m_unrouted", n: unrouted, isAlert: true });
  const there = books.destinations.find((each) => each.name === name);
  if (!there) return all;
  all.push({ word: "m_jobs", n: there.jobs, values: { name } }, { word: "m_delivered", n: there.delivered });
  // What waits is queued as well, and told apart from it.
  const queued = there.queued - (there.waiting ?? 0);
  for (const each of states) {
    const n = each === "queued" ? queued : there[each];
    if (n > 0) all.push({ word: `m_${each}`, n, isAlert: each === "held" || each === "uncertain" });
  }
  return all;
}

/** `books`: what GET /api/v1/reconciliation says of the month; null: this bridge has no such call. */
export function showMonth(books, name) {
  el("month-panel").hidden = !books;
  if (!books) return;
  const all = countsOf(books, name);
  keepRows(el("month-counts"), all, (each) => each.word, count);
  const n = books.differences?.length ?? 0;
  el("month-differences").hidden = n === 0;
  if (n > 0) setText(el("month-differences"), say("m_differences", { n }));
}

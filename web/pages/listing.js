// Listing: a list of the API with a filter and a cursor: what is shown stays up to date, and more comes at its end.
import { ask, Problem, withQuery } from "/api.js";

export const rows = 50;
const rows_max = 1000;

export class Listing {
  /** `keyOf(item)`: what an item is known by. */
  constructor(path, keyOf) {
    this.path = path;
    this.keyOf = keyOf;
    this.start({});
  }

  /** Another filter: nothing is known of its items. */
  start(terms) {
    this.terms = terms;
    this.items = null;
    this.next = null;
    this.refused = ""; // what the API says of a filter that it does not take
    this.parameter = ""; // and of which of its terms
  }

  /** The answer, or null where somebody asked for another filter meanwhile, or where this one is refused. */
  async page(more) {
    const { terms } = this;
    try {
      const { body } = await ask(withQuery(this.path, { ...terms, ...more }));
      return terms === this.terms ? body : null;
    } catch (problem) {
      // A filter that the API does not take is the person's to mend, and no trouble of the page.
      if (!(problem instanceof Problem) || problem.status !== 400) throw problem;
      if (terms === this.terms) Object.assign(this, { refused: problem.message, parameter: problem.body.parameter ?? "", items: [], next: null });
      return null;
    }
  }

  /** Asks anew about all that is shown; beyond the most that one answer has, what was there before stays. */
  async refresh() {
    const before = this.items ?? [];
    const body = await this.page({ limit: Math.min(rows_max, Math.max(rows, before.length)) });
    if (!body) return;
    const last = body.items.at(-1);
    const rest = before.length > rows_max && last ? before.slice(before.findIndex((each) => this.keyOf(each) === this.keyOf(last)) + 1) : [];
    this.items = this.joined(body.items, rest);
    if (rest.length === 0) this.next = body.next;
    Object.assign(this, { refused: "", parameter: "" });
  }

  async more() {
    if (!this.next) return;
    const body = await this.page({ limit: rows, cursor: this.next });
    if (!body) return;
    this.items = this.joined(this.items, body.items);
    this.next = body.next;
  }

  joined(first, then) {
    const known = new Set(first.map(this.keyOf));
    return [...first, ...then.filter((each) => !known.has(this.keyOf(each)))];
  }
}

// History: who did what and when: to search through, to export, and to be verified.
import { ask, withQuery } from "/api.js";
import { el, keepRows, setText } from "/dom.js";
import { events } from "/events_words.js";
import { fillSelect } from "/filter.js";
import { historyRow } from "/history_row.js";
import { eventName } from "/history_told.js";
import { words } from "/history_words.js";
import { say } from "/languages.js";
import { Listing } from "/listing.js";
import { offerMore, searching, showRefusal } from "/searching.js";
import { at, may, open, refresh as refreshNow, session } from "/shell.js";
import { attempt } from "/toast.js";

const names = ["since", "until", "event", "destination", "actor", "patient", "accession", "study"];

const listing = new Listing("/api/v1/history", (each) => each.sequence);
let kinds = null; // of the destinations, by name

function showFilters() {
  const { terms } = listing;
  const byName = (a, b) => a[1].localeCompare(b[1]);
  fillSelect(el("f-event"), [["", say("any")], ...events.map((each) => [each, eventName(each)]).sort(byName)], terms.event ?? "");
  fillSelect(el("f-destination"), [["", say("any")], ...[...(kinds ?? new Map()).keys()].map((each) => [each, each])], terms.destination ?? "");
  el("exports").hidden = !may("audit");
  el("csv").href = withQuery("/api/v1/history.csv", terms);
  el("jsonl").href = withQuery("/api/v1/history.jsonl", terms);
}

function show() {
  el("audit").hidden = !may("audit");
  showFilters();
  showRefusal(el("filters"), listing);
  const { items } = listing;
  if (!items) return;
  keepRows(el("rows"), items.map((row) => ({ row, kind: kinds?.get(row.destination), print: [at(row.at)] })), ({ row }) => row.sequence, historyRow);
  el("rows-empty").hidden = items.length > 0 || listing.refused !== "";
  setText(el("rows-empty"), say(Object.keys(listing.terms).length > 0 ? "no_match" : "no_rows"));
  el("more").hidden = !listing.next;
}

async function refresh() {
  kinds ??= new Map((await ask("/api/v1/destinations")).body.items.map((each) => [each.name, each.kind]));
  await listing.refresh();
}

el("verify").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(null, async () => (await import("/history_verify.js")).verify(el("anchor").value.trim(), event.submitter));
});
offerMore(listing, show);
// Rows never change, and more come all the time: every event would be too often.
open({ name: "history", needs: "inspect", words, every_ms: 10000, events: [], refresh, show });
searching(el("filters"), names, (terms) => {
  listing.start(terms);
  if (session.node) refreshNow();
});

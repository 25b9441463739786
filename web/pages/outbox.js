// Outbox: what is owed to whom and why it is still here: by age, as a list with all filters, and one job's attempts.
import { ask, askIfThere, now, Problem, withQuery } from "/api.js";
import { showAges } from "/ages.js";
import { el, keepRows, make, setText } from "/dom.js";
import { fillForm, fillSelect, followLinks, readAddress, readForm, writeAddress } from "/filter.js";
import { jobRow, verbsOf } from "/job_row.js";
import { onLanguage, say } from "/languages.js";
import { words } from "/outbox_words.js";
import { reasonText } from "/reason_words.js";
import { at, canAct, may, open, refresh as refreshNow, session } from "/shell.js";
import { attempt } from "/toast.js";

const names = ["destination", "state", "undelivered", "reason", "patient", "accession", "study", "modality", "sender", "since", "until", "older_than"];
const rare = ["study", "modality", "sender", "since", "until", "older_than"];
const states = ["queued", "sending", "uncertain", "held", "delivered", "cancelled"];
const rows = 50;
const rows_max = 1000;

let filter = {};
let listed = {}; // the filter of the list that somebody was at
let shown = rows; // how many rows are asked for
let status = null;
let ages = null;
let jobs = null; // {items, next}
let job = null; // the one that is looked at
let views = null; // job_view.js, once one is
let stands = null; // destination_row.js and status_words.js, once a destination is looked at
let refused = ""; // what the API says of the filter
const picked = new Set();

const wanted = () => new URLSearchParams(location.search).get("job") ?? "";

// The filter

function showFilters() {
  const destinations = status.destinations.map((each) => each.name);
  fillSelect(el("f-destination"), [["", say("any")], ...destinations.map((each) => [each, each])], filter.destination ?? "");
  const state = filter.undelivered ? "undelivered" : (filter.state ?? "");
  const choices = ages ? ["undelivered", ...states] : states;
  fillSelect(el("f-state"), [["", say("any")], ...choices.map((each) => [each, say(`state_${each}`)])], state);
  const reasons = new Map(status.destinations.flatMap((each) => each.by_reason).filter((each) => each.reason).map((each) => [each.reason, reasonText(each.reason, each.reason_text)]));
  fillSelect(el("f-reason"), [["", say("any")], ...reasons], filter.reason ?? "");
  const senders = [...new Set(status.senders.map((each) => each.name ?? each.calling_ae_title))];
  keepRows(el("senders"), senders.map((name) => ({ name })), (each) => each.name, (each) => make("option", { value: each.name }));
}

/** The state that the form has may be a word of ours: what is owed and does not wait. */
function termsOf(form) {
  const terms = readForm(form);
  if (terms.state !== "undelivered") return terms;
  const { state: _, ...others } = terms;
  return { ...others, undelivered: "true" };
}

function readPlace() {
  filter = readAddress(names);
  if (!wanted()) listed = filter;
  shown = rows;
  picked.clear();
  jobs = null;
  job = null;
  fillForm(el("filters"), { ...filter, state: filter.undelivered ? "undelivered" : filter.state });
  if (rare.some((each) => filter[each])) el("more-filters").open = true;
}

async function go(terms) {
  writeAddress(terms);
  await went();
}

async function went() {
  readPlace();
  await refreshNow();
  if (wanted()) el("one").focus();
}

// The list

function verbsOffered() {
  const of = picked.size > 0 ? jobs.items.filter((each) => picked.has(each.id)).map((each) => each.state) : filter.state ? [filter.state] : filter.undelivered ? ["queued", "uncertain", "held"] : states;
  const verbs = [...new Set(of.flatMap((each) => verbsOf[each]))];
  if (picked.size > 0) return verbs;
  return of.some((each) => each === "delivered" || each === "uncertain") ? [...verbs, "verify"] : verbs;
}

async function bulk(verb, button) {
  const { actOnFilter, actOnPicked } = await import("/bulk.js");
  const where = Object.values(filter).join(" · ");
  const isDone = picked.size > 0 ? await actOnPicked(verb, [...picked], button) : await actOnFilter(verb, filter, where, button);
  if (isDone) picked.clear();
  await refreshNow();
}

function bulkButton({ verb }) {
  const button = make("button", { type: "button", textContent: say(`verb_${verb}`), dataset: { act: verb } });
  button.addEventListener("click", () => attempt(null, () => bulk(verb, button)));
  return button;
}

/** Verbs on many: of those that somebody picked, else of all that match, which must be a filter. */
function showBulk() {
  const isAll = picked.size === 0;
  const isThere = canAct() && jobs.items.length > 0 && (!isAll || Object.keys(filter).length > 0);
  el("bulk").hidden = !isThere;
  el("pick-all").hidden = !canAct();
  el("pick-all").checked = jobs.items.length > 0 && picked.size === jobs.items.length;
  if (!isThere) return;
  setText(el("bulk-on"), isAll ? say("on_all") : say("on_picked", { n: picked.size }));
  keepRows(el("bulk-acts"), verbsOffered().map((verb) => ({ verb, print: verb })), (each) => each.verb, bulkButton);
}

function showList() {
  el("list-panel").hidden = wanted() !== "";
  setText(el("filter-wrong"), refused);
  el("filter-wrong").hidden = refused === "";
  if (!jobs) return;
  for (const id of picked) if (!jobs.items.some((each) => each.id === id)) picked.delete(id);
  el("jobs").hidden = jobs.items.length === 0;
  el("jobs-empty").hidden = jobs.items.length > 0 || refused !== "";
  setText(el("jobs-empty"), say(Object.keys(filter).length > 0 ? "no_match" : "no_jobs"));
  const items = jobs.items.map((each) => ({ job: each, picked, onPick: showBulk, print: [each, at(each.changed_at), canAct(), picked.has(each.id), new Date(each.due_at) > now()] }));
  keepRows(el("jobs").tBodies[0], items, (each) => each.job.id, jobRow);
  el("more").hidden = !jobs.next || shown >= rows_max;
  showBulk();
}

// What stands above it

function showDestination() {
  const destination = status.destinations.find((each) => each.name === (job?.destination ?? filter.destination));
  el("destination-panel").hidden = !destination || !stands;
  if (!destination || !stands) return;
  const said = stands.rowWords(destination, session.clock, now());
  keepRows(el("destination"), [{ destination, words: said, all: status.destinations, print: [destination, said, may("operate")] }], (each) => each.destination.name, stands.destinationRow);
}

function showJob() {
  el("one").hidden = !job;
  if (!job) return;
  const destination = status.destinations.find((each) => each.name === job.destination);
  const print = views.jobPrint(job, destination);
  if (el("one").dataset.print === print) return;
  const focused = el("one").contains(document.activeElement) ? document.activeElement.dataset.act : null;
  el("one").dataset.print = print;
  el("one").replaceChildren(...views.jobView(job, destination, () => go(listed)));
  if (focused) el("one").querySelector(`[data-act="${CSS.escape(focused)}"]`)?.focus();
}

function show() {
  if (!status) return;
  showFilters();
  el("ages-panel").hidden = !ages || wanted() !== "";
  if (ages) {
    const has = showAges(el("ages"), ages);
    el("ages").hidden = !has;
    el("ages-empty").hidden = has;
  }
  showDestination();
  showJob();
  showList();
}

/** A filter that the API does not take is the person's to mend, and no trouble of the page. */
async function askJobs() {
  try {
    jobs = (await ask(withQuery("/api/v1/jobs", { ...filter, limit: shown }))).body;
    refused = "";
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.status !== 400) throw problem;
    refused = problem.message;
    jobs = { items: [], next: null };
  }
}

async function refresh() {
  status = (await ask("/api/v1/status")).body;
  ages = await askIfThere("/api/v1/outbox/ages");
  const id = wanted();
  if (id || filter.destination) stands ??= Object.assign({}, ...(await Promise.all([import("/destination_row.js"), import("/status_words.js")])));
  if (!id) return askJobs();
  views ??= await import("/job_view.js");
  job = (await ask(`/api/v1/jobs/${encodeURIComponent(id)}`)).body;
  return undefined;
}

el("filters").addEventListener("submit", (event) => {
  event.preventDefault();
  go(termsOf(el("filters")));
});
for (const each of ["f-destination", "f-state", "f-reason"]) el(each).addEventListener("change", () => go(termsOf(el("filters"))));
el("clear").addEventListener("click", () => go({}));
el("more").addEventListener("click", () => {
  shown = Math.min(rows_max, shown + rows);
  refreshNow();
});
el("pick-all").addEventListener("change", () => {
  for (const each of jobs.items) if (el("pick-all").checked) picked.add(each.id);
  if (!el("pick-all").checked) picked.clear();
  showList();
});
followLinks(went);
onLanguage(() => delete el("one").dataset.print);
readPlace();
open({ name: "outbox", needs: "inspect", words, every_ms: 3000, refresh, show });

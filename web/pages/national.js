// National: the studies that a national platform is to have, by stage and reason, and what a person does about them.
import { ask, askIfThere, now, withQuery } from "/api.js";
import { el, keepRows, make, setText } from "/dom.js";
import { fillSelect, readAddress, writeAddress } from "/filter.js";
import { plain, say } from "/languages.js";
import { Listing } from "/listing.js";
import { showMonth } from "/month.js";
import { registrationPrint, registrationRow } from "/national_row.js";
import { words } from "/national_words.js";
import { reasonText } from "/reason_words.js";
import { offerMore, searching, showRefusal } from "/searching.js";
import { may, open, refresh as refreshNow, session } from "/shell.js";
import { stageLevels, stageWord } from "/study_told.js";

const names = ["destination", "stage", "objection", "accession"];
const books_every_ms = 60000;
const books_within_ms = 600000; // millions are counted one by one
const stages = ["none", "no_accession", "order_not_found", "objected", "ordered", "creating", "replacing", "registered"];
const always = ["no_accession", "order_not_found", "objected", "registered"];
const toml = `[[destination]]
name = "satusehat"
kind = "satusehat"
environment = "staging"
organization_id = "…"
client_id_file = "/etc/dicom-bridge/satusehat.id"
client_secret_file = "/etc/dicom-bridge/satusehat.secret"`;

const listing = new Listing("/api/v1/registrations", (each) => `${each.destination} ${each.study_instance_uid}`);
let platforms = null; // names of the destinations of that kind
let summary = [];
let books = null;
let booksOf = ""; // the question that they answer
let booksAt = -Infinity;

const monthOf = () => readAddress(["month"]).month ?? session.clock.day(now()).slice(0, 7);
const placeOf = (terms) => withQuery(location.pathname, { ...terms, ...readAddress(["month"]) });

function tab({ text, terms, n, level, isCurrent }) {
  return make("a", { href: placeOf(terms), dataset: { level: n > 0 ? level : "", act: text }, attributes: isCurrent ? { "aria-current": "true" } : {} }, text, make("span", { className: "n", textContent: plain(n) }));
}

function showTabs() {
  const { stage, objection, ...others } = listing.terms;
  const sum = (is) => summary.filter(is).reduce((total, each) => total + each.studies, 0);
  const tabs = [{ key: "", text: say("all_stages"), terms: others, n: sum(() => true), level: "", isCurrent: !stage }];
  for (const each of stages) {
    const n = sum((row) => (row.stage ?? "none") === each);
    if (n > 0 || always.includes(each) || stage === each) tabs.push({ key: each, text: stageWord(each === "none" ? null : each), terms: { ...others, stage: each }, n, level: stageLevels[each] ?? "off", isCurrent: stage === each && !objection });
  }
  keepRows(el("stages"), tabs, (each) => each.key, tab);
  const codes = [...new Set(summary.filter((row) => row.stage === "objected" && row.objection).map((row) => row.objection))];
  const english = new Map(listing.items?.map((each) => [each.objection, each.objection_text]));
  const against = codes.map((code) => ({ key: code, text: reasonText(code, english.get(code) ?? code.replaceAll("_", " ")), terms: { ...others, stage: "objected", objection: code }, n: sum((row) => row.objection === code), level: "bad", isCurrent: objection === code }));
  el("objections").hidden = stage !== "objected" || against.length === 0;
  keepRows(el("objections"), against, (each) => each.key, tab);
}

function showList() {
  const { items, terms } = listing;
  fillSelect(el("f-destination"), [["", say("any")], ...platforms.map((each) => [each, each])], terms.destination ?? "");
  el("destination-field").hidden = platforms.length < 2;
  el("csv").hidden = !may("audit");
  el("csv").href = withQuery("/api/v1/registrations.csv", terms);
  showRefusal(el("filters"), listing);
  showTabs();
  if (!items) return;
  keepRows(el("rows"), items.map((item) => ({ item, print: registrationPrint(item) })), ({ item }) => listing.keyOf(item), registrationRow);
  el("rows-empty").hidden = items.length > 0 || listing.refused !== "";
  setText(el("rows-empty"), say(Object.keys(terms).length > 0 ? "no_match" : "no_rows"));
  el("more").hidden = !listing.next;
}

function show() {
  if (!platforms) return;
  el("none").hidden = platforms.length > 0;
  setText(el("none-toml"), toml);
  el("list-panel").hidden = platforms.length === 0;
  if (platforms.length === 0) return;
  if (el("month") !== document.activeElement) el("month").value = monthOf();
  showMonth(books, listing.terms.destination ?? platforms[0]);
  showList();
}

async function refresh() {
  const { items } = (await ask("/api/v1/destinations")).body;
  platforms = items.filter((each) => each.kind === "satusehat").map((each) => each.name);
  if (platforms.length === 0) return;
  const { destination } = listing.terms;
  summary = (await ask(withQuery("/api/v1/registrations/summary", { destination }))).body.items;
  await listing.refresh();
  askBooks(withQuery("/api/v1/reconciliation", { month: monthOf(), destination: destination ?? platforms[0] }));
}

/** A whole month is much to count: not with each event, and nothing else of the page waits for it. */
async function askBooks(path) {
  if (path === booksOf && performance.now() - booksAt < books_every_ms) return;
  booksOf = path;
  booksAt = performance.now();
  const counted = await askIfThere(path, books_within_ms).catch(() => null);
  if (path !== booksOf) return;
  books = counted ?? books;
  show();
}

el("month").addEventListener("change", () => {
  if (!el("month").value) return;
  writeAddress({ ...listing.terms, month: el("month").value }, true);
  refreshNow();
});
offerMore(listing, show);
open({ name: "national", needs: "inspect", words, refresh, show });
searching(el("filters"), names, (terms) => {
  listing.start(terms);
  if (session.node) refreshNow();
});

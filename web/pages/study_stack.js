// Study stack: the series of a study and the instances of the one that is looked at, to choose from and to go through.
import { ask, withQuery } from "/api.js";
import { el, keepRows, make, setText } from "/dom.js";
import { say } from "/languages.js";
import { knownWhyNot } from "/study_words.js";
import { inheritPicture, thumbnail } from "/thumbnails.js";
import { attempt } from "/toast.js";
import { Viewer } from "/viewer.js";

const rows = 60;
const rows_max = 1000;
const without_pictures = ["SR", "KO", "PR", "DOC"];

const asked = new URLSearchParams(location.search);
export const studyUid = asked.get("study") ?? "";

let study = null;
let series = null; // the one that is looked at
let items = []; // its instances, as far as they were asked for
let next = null;
let chosen = ""; // SOP Instance UID
let viewer = null;

export const studyPath = (uid) => `/dicom-web/studies/${encodeURIComponent(uid)}`;
const seriesPath = (uid) => `${studyPath(studyUid)}/series/${encodeURIComponent(uid)}`;
const instancePath = (uid) => `${seriesPath(series.series_instance_uid)}/instances/${encodeURIComponent(uid)}`;
const chosenItem = () => items.find((each) => each.sop_instance_uid === chosen);

/** A row that takes another's place shows its picture until its own has come. */
function inherit(fresh, row) {
  inheritPicture(fresh.querySelector(".thumbnail"), row?.querySelector(".thumbnail"));
  return fresh;
}

// The series

function seriesRow(each, row) {
  const uid = each.series_instance_uid;
  const name = [each.modality, each.series_description || each.series_number].filter(Boolean).join(" · ") || say("series");
  const told = make("span", { className: "told" }, make("strong", { textContent: name }), make("span", { className: "faint", textContent: uid ? say("images_n", { n: each.instances }) : say("no_series") }));
  const button = make("button", { type: "button", disabled: !uid, dataset: { uid: uid ?? "", act: "look" } }, uid && thumbnail(`${seriesPath(uid)}/thumbnail`), told);
  button.addEventListener("click", () => attempt(null, () => chooseSeries(uid)));
  return inherit(make("li", {}, button), row);
}

function showSeries() {
  const all = study.series.map((each) => ({ ...each, print: [each.instances, each.versions, each.kept, each.modality, each.series_description] }));
  keepRows(el("series"), all, (each) => each.series_instance_uid, seriesRow);
  for (const button of el("series").querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.uid === series?.series_instance_uid));
}

/** Where nobody said which: the first that has pictures. */
function firstSeries() {
  const all = study.series.filter((each) => each.series_instance_uid);
  return all.find((each) => each.series_instance_uid === asked.get("series")) ?? all.find((each) => !without_pictures.includes(each.modality)) ?? all[0];
}

const listPath = (limit, cursor) => withQuery(`/api/v1/series/${encodeURIComponent(series.series_instance_uid)}`, { study: studyUid, limit, cursor });

/** `wanted`: the instance that is to be seen first, however far behind it is; "": the first that can be. */
async function chooseSeries(uid, wanted = "") {
  series = study.series.find((each) => each.series_instance_uid === uid);
  showSeries();
  const { body } = await ask(listPath(rows));
  if (uid !== series.series_instance_uid) return; // somebody was quicker
  items = body.items;
  next = body.next;
  chosen = wanted;
  while (wanted && next && !chosenItem() && uid === series.series_instance_uid) await more(rows_max);
  if (uid !== series.series_instance_uid) return;
  showInstances();
  const first = chosenItem() ?? items.find((each) => !knownWhyNot(each)) ?? items[0];
  if (first) choose(first, false);
}

async function more(limit = rows) {
  if (!next) return;
  const uid = series.series_instance_uid;
  const { body } = await ask(listPath(limit, next));
  if (uid !== series.series_instance_uid) return;
  const known = new Set(items.map((each) => each.sop_instance_uid));
  items = items.concat(body.items.filter((each) => !known.has(each.sop_instance_uid)));
  next = body.next;
  showInstances();
}

// The instances

const labelOf = (each) => `${say("image")} ${each.instance_number ?? "–"}`;

function instanceRow(each, row) {
  const version = each.versions > 1 && make("span", { className: "version", textContent: say("version_short", { n: each.version }) });
  const button = make("button", { type: "button", dataset: { uid: each.sop_instance_uid, act: "look" } },
    thumbnail(`${instancePath(each.sop_instance_uid)}/thumbnail`, knownWhyNot(each)), make("span", { className: "number", textContent: each.instance_number ?? "–" }), version);
  button.setAttribute("aria-label", each.versions > 1 ? say("version_of", { label: labelOf(each), n: each.version }) : labelOf(each));
  button.addEventListener("click", () => choose(each, true));
  return inherit(make("li", {}, button), row);
}

function showInstances() {
  setText(el("instances-title"), say("images_n", { n: series.instances }));
  const all = items.map((each) => ({ ...each, print: [each.version, each.versions, each.blob_state] }));
  keepRows(el("instances"), all, (each) => each.sop_instance_uid, instanceRow);
  el("more").hidden = !next;
  markInstance(false);
}

function markInstance(isSeen) {
  for (const button of el("instances").querySelectorAll("button")) {
    const is = button.dataset.uid === chosen;
    button.setAttribute("aria-pressed", String(is));
    if (!is || !isSeen) continue;
    // Within the list only: the page itself must not jump while somebody turns the wheel.
    const list = el("instances");
    list.scrollTop += Math.min(0, button.offsetTop - list.scrollTop) + Math.max(0, button.offsetTop + button.offsetHeight - list.scrollTop - list.clientHeight);
    list.scrollLeft += Math.min(0, button.offsetLeft - list.scrollLeft) + Math.max(0, button.offsetLeft + button.offsetWidth - list.scrollLeft - list.clientWidth);
  }
}

function choose(each, keepsWindow) {
  chosen = each.sop_instance_uid;
  const place = new URLSearchParams({ study: studyUid, series: series.series_instance_uid, instance: chosen });
  history.replaceState(null, "", `?${place}`);
  viewer.show(instancePath(chosen), each, labelOf(each), keepsWindow);
  markInstance(true);
}

async function step(by) {
  const to = items.findIndex((each) => each.sop_instance_uid === chosen) + by;
  if (to >= items.length && next) await more();
  if (items[to]) choose(items[to], true);
}

// Staying up to date

async function refreshSeries() {
  const present = study.series.find((each) => each.series_instance_uid === series.series_instance_uid);
  if (!present) return;
  const isSame = present.versions === series.versions && present.kept === series.kept;
  series = present;
  if (isSame) return;
  const { body } = await ask(listPath(Math.min(rows_max, Math.max(rows, items.length))));
  const before = chosenItem();
  // Beyond the most that one answer has, what was there before stays.
  const known = new Set(body.items.map((each) => each.sop_instance_uid));
  items = body.items.concat(items.slice(rows_max).filter((each) => !known.has(each.sop_instance_uid)));
  if (items.length <= rows_max) next = body.next;
  const after = chosenItem();
  if (before && after && (after.version !== before.version || after.blob_state !== before.blob_state)) viewer.refresh(after);
}

/** The study as it is by now. */
export async function refreshStack(present) {
  study = present;
  viewer ??= new Viewer((by) => attempt(null, () => step(by)));
  if (series) return refreshSeries();
  const first = firstSeries();
  return first ? chooseSeries(first.series_instance_uid, first.series_instance_uid === asked.get("series") ? (asked.get("instance") ?? "") : "") : undefined;
}

export function showStack() {
  showSeries();
  if (series) showInstances();
}

/** Other words from now on. */
export function speakStack() {
  viewer?.speak(chosenItem() ? labelOf(chosenItem()) : "");
}

el("more").addEventListener("click", () => attempt(el("more"), () => more()));

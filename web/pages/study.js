// Study: what was received of one study, to look at before the PACS has it. Whatever comes from outside becomes text,
// never markup.
import { dicomDate, knownWhyNot, languages, personName } from "/study_words.js";
import { inheritPicture, make, thumbnail } from "/thumbnails.js";
import { Viewer } from "/viewer.js";
import { Clock } from "/formats.js";

const every_ms = 5000;
const rows = 60;
const rows_max = 1000;
const lately_rows = 20;

const el = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
const studyUid = asked.get("study") ?? "";

let language = localStorage.getItem("language") ?? ((navigator.language ?? "en").startsWith("id") ? "id" : "en");
if (!(language in languages)) language = "en";
let words = languages[language];
let clock = new Clock("UTC");
let study = null;
let studyTag = "";
let series = null; // the one that is looked at
let items = []; // its instances, as far as they were asked for
let next = null;
let chosen = ""; // SOP Instance UID
let viewer = null;

function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** A stored answer says more than none: the ETag makes asking again cheap. */
async function ask(path, tag = "") {
  const answer = await fetch(path, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store", signal: AbortSignal.timeout(20000) });
  if (answer.status === 304) return { same: true, tag };
  const body = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(body.detail ?? answer.statusText), { status: answer.status });
  return { same: false, tag: answer.headers.get("ETag") ?? "", body };
}

const studyPath = (uid) => `/dicom-web/studies/${encodeURIComponent(uid)}`;
const seriesPath = (uid) => `${studyPath(studyUid)}/series/${encodeURIComponent(uid)}`;
const instancePath = (uid) => `${seriesPath(series.series_instance_uid)}/instances/${encodeURIComponent(uid)}`;

/** Who the patient is, as far as the API tells whoever asks; "" where it tells nothing. */
function patientLine(told) {
  const born = told.patient_birth_date && `${words.born} ${dicomDate(told.patient_birth_date)}`;
  return [personName(told.patient_name), told.patient_id, born].filter(Boolean).join(" · ");
}

function studyLine(told) {
  const at = told.last_received_at && `${words.received} ${clock.at(told.last_received_at, new Date())}`;
  const accession = told.accession_number && `${words.accession} ${told.accession_number}`;
  return [(told.modalities ?? []).join(", "), dicomDate(told.study_date), accession, words.images(told.instances), at].filter(Boolean).join(" · ");
}

/** What was shown stays until the new picture has come, and focus stays in the row. */
function inherit(fresh, row) {
  inheritPicture(fresh.querySelector(".thumbnail"), row.querySelector(".thumbnail"));
  const hadFocus = row.contains(document.activeElement);
  row.replaceWith(fresh);
  if (hadFocus) fresh.querySelector("button, a")?.focus();
}

/** Replaces the rows of a list whose content changed. `printOf`: the key of a row, and all else that it shows. */
function keepRows(list, wanted, printOf, render) {
  const present = new Map([...list.children].map((row) => [row.dataset.key, row]));
  wanted.forEach((each, at) => {
    const [key, ...more] = printOf(each).map(String);
    const print = JSON.stringify([language, ...more]);
    let row = present.get(key);
    present.delete(key);
    if (row?.dataset.print !== print) {
      const fresh = render(each);
      fresh.dataset.key = key;
      fresh.dataset.print = print;
      if (row) inherit(fresh, row);
      row = fresh;
    }
    if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null);
  });
  for (const row of present.values()) row.remove();
}

function trouble(text) {
  setText(el("trouble"), text);
  el("trouble").hidden = text === "";
}

function live(is) {
  el("live").dataset.live = is ? "yes" : "no";
  setText(el("live"), is ? words.live : words.unreachable);
}

// The list of the last studies

function latelyRow(each) {
  const link = make("a", { href: `/study.html?study=${encodeURIComponent(each.study_instance_uid)}` });
  link.append(
    thumbnail(words, `${studyPath(each.study_instance_uid)}/thumbnail`),
    make("span", { className: "told" },
      make("strong", { textContent: each.study_description || (each.modalities ?? []).join(", ") || words.study }),
      make("span", { textContent: patientLine(each) }),
      make("span", { className: "faint", textContent: studyLine(each) })),
  );
  return make("li", {}, link);
}

async function showLately() {
  el("pick").hidden = false;
  const { body } = await ask(`/api/v1/studies?limit=${lately_rows}`);
  el("lately-empty").hidden = body.items.length > 0;
  keepRows(el("lately"), body.items, (each) => [each.study_instance_uid, each.instances, each.last_received_at], latelyRow);
}

// The study

function deliveryRow(each) {
  const bar = make("progress", { max: Math.max(1, each.of), value: each.delivered });
  const text = words.delivered(each.name, each.delivered, each.of);
  bar.setAttribute("aria-label", text);
  return make("li", { dataset: { done: String(each.delivered >= each.of) } }, make("span", { textContent: text }), bar);
}

function showStudy() {
  el("study").hidden = false;
  setText(el("study-title"), study.study_description || words.study);
  const patient = patientLine(study);
  el("study-patient").hidden = patient === "";
  setText(el("study-patient"), patient);
  setText(el("study-facts"), studyLine(study));
  const deliveries = study.destinations ?? [];
  keepRows(el("deliveries"), deliveries, (each) => [each.name, each.delivered, each.of], deliveryRow);
  if (deliveries.length === 0) el("deliveries").replaceChildren(make("li", { textContent: words.no_destinations }));
  keepRows(el("series"), study.series, (each) => [each.series_instance_uid, each.instances, each.versions, each.kept], seriesRow);
  markSeries();
}

function seriesRow(each) {
  const uid = each.series_instance_uid;
  const name = [each.modality, each.series_description || each.series_number].filter(Boolean).join(" · ") || words.series;
  const told = make("span", { className: "told" }, make("strong", { textContent: name }),
    make("span", { className: "faint", textContent: uid ? words.images(each.instances) : words.no_series }));
  const button = make("button", { type: "button", disabled: !uid, dataset: { uid: uid ?? "" } });
  if (uid) button.append(thumbnail(words, `${seriesPath(uid)}/thumbnail`));
  button.append(told);
  button.addEventListener("click", () => chooseSeries(uid).catch(failed));
  return make("li", {}, button);
}

function markSeries() {
  for (const button of el("series").querySelectorAll("button"))
    button.setAttribute("aria-pressed", String(button.dataset.uid === series?.series_instance_uid));
}

// The series

/** Where nobody said which: the first that has pictures. */
function firstSeries() {
  const all = study.series.filter((each) => each.series_instance_uid);
  return all.find((each) => each.series_instance_uid === asked.get("series")) ?? all.find((each) => !["SR", "KO", "PR", "DOC"].includes(each.modality)) ?? all[0];
}

function listPath(limit, cursor) {
  const from = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
  return `/api/v1/series/${encodeURIComponent(series.series_instance_uid)}?study=${encodeURIComponent(studyUid)}&limit=${limit}${from}`;
}

/** `wanted`: the instance that is to be seen first, however far behind it is; "": the first that can be. */
async function chooseSeries(uid, wanted = "") {
  series = study.series.find((each) => each.series_instance_uid === uid);
  markSeries();
  const { body } = await ask(listPath(rows));
  if (uid !== series.series_instance_uid) return; // somebody was quicker
  items = body.items;
  next = body.next;
  chosen = wanted;
  const isThere = () => items.some((each) => each.sop_instance_uid === wanted);
  while (wanted && next && !isThere() && uid === series.series_instance_uid) await more(rows_max);
  if (uid !== series.series_instance_uid) return;
  showInstances();
  const first = items.find((each) => each.sop_instance_uid === wanted) ?? items.find((each) => !knownWhyNot(words, each)) ?? items[0];
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

function labelOf(each) {
  return `${words.image} ${each.instance_number ?? "–"}`;
}

function instanceRow(each) {
  const button = make("button", { type: "button", dataset: { uid: each.sop_instance_uid } },
    thumbnail(words, `${instancePath(each.sop_instance_uid)}/thumbnail`, knownWhyNot(words, each)),
    make("span", { className: "number", textContent: each.instance_number ?? "–" }));
  button.setAttribute("aria-label", labelOf(each));
  button.addEventListener("click", () => choose(each, true));
  return make("li", {}, button);
}

function showInstances() {
  setText(el("instances-title"), words.images(series.instances));
  keepRows(el("instances"), items, (each) => [each.sop_instance_uid, each.version, each.versions, each.blob_state], instanceRow);
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
  const before = items.find((each) => each.sop_instance_uid === chosen);
  // Beyond the most that one answer has, what was there before stays.
  const known = new Set(body.items.map((each) => each.sop_instance_uid));
  items = body.items.concat(items.slice(rows_max).filter((each) => !known.has(each.sop_instance_uid)));
  if (items.length <= rows_max) next = body.next;
  showInstances();
  const after = items.find((each) => each.sop_instance_uid === chosen);
  if (before && after && (after.version !== before.version || after.blob_state !== before.blob_state)) viewer.refresh(after);
}

function failed(error) {
  if (error.status === 404 && !study) return trouble(words.unknown_study);
  if (error.status) return trouble(error.message);
  live(false);
}

async function refresh() {
  if (!studyUid) return showLately();
  const got = await ask(`/api/v1/studies/${encodeURIComponent(studyUid)}`, studyTag);
  if (got.same) return undefined;
  study = got.body;
  studyTag = got.tag;
  showStudy();
  trouble("");
  if (series) return refreshSeries();
  const first = firstSeries();
  return first ? chooseSeries(first.series_instance_uid, first.series_instance_uid === asked.get("series") ? (asked.get("instance") ?? "") : "") : undefined;
}

async function run() {
  try {
    await refresh();
    live(true);
  } catch (error) {
    failed(error);
  }
  setTimeout(run, document.hidden ? 4 * every_ms : every_ms);
}

// Words

function speak() {
  words = languages[language];
  document.documentElement.lang = language;
  for (const each of document.querySelectorAll("[data-word]")) setText(each, words[each.dataset.word]);
  for (const each of document.querySelectorAll("[data-label]")) each.setAttribute("aria-label", words[each.dataset.label]);
  setText(el("language"), words.other_language);
  el("language").lang = language === "en" ? "id" : "en";
  const looked = items.find((each) => each.sop_instance_uid === chosen);
  viewer?.say(words, looked ? labelOf(looked) : "");
  if (study) showStudy();
  if (series) showInstances();
}

el("language").addEventListener("click", () => {
  language = language === "en" ? "id" : "en";
  localStorage.setItem("language", language);
  speak();
  if (!studyUid) showLately().catch(failed);
});
el("more").addEventListener("click", () => more().catch(failed));
el("find").addEventListener("submit", (event) => {
  event.preventDefault();
  location.href = `/study.html?study=${encodeURIComponent(el("find-uid").value.trim())}`;
});

el("other-studies").hidden = studyUid === "";
speak();
viewer = new Viewer(words, (by) => step(by).catch(failed));
ask("/api/v1/node").then(({ body }) => (clock = new Clock(body.timezone)), failed).finally(run);

// Study: what was received of one study, to look at before the PACS has it, how far it has come where, and what can be done.
import { ask, Problem, withQuery } from "/api.js";
import { el, keepRows, make, setText } from "/dom.js";
import { onLanguage, say } from "/languages.js";
import { may, open, session } from "/shell.js";
import { refreshStack, showStack, speakStack, studyUid } from "/study_stack.js";
import { countsText, deliveredText, patientLine, stageLevels, stageText, stateOf, studyLine } from "/study_told.js";

let study = null;
let buttons = null; // study_buttons.js, for whoever may press some
let purgedAt = null; // when the last of its pixels were

// How far it has come

function deliveryRow(each) {
  const text = deliveredText(each);
  const bar = make("progress", { max: Math.max(1, each.of), value: each.delivered, attributes: { "aria-label": text } });
  const counts = countsText(each);
  const list = withQuery("/outbox.html", { study: studyUid, destination: each.name });
  const stage = stageText(each);
  return make("li", { dataset: { done: String(each.delivered >= each.of), name: each.name } }, make("span", { textContent: text }), bar,
    counts && make("p", { className: "faint" }, may("inspect") ? make("a", { href: list, textContent: counts, dataset: { act: "jobs" } }) : counts),
    stage && make("p", { className: "stage-line", textContent: stage, dataset: { level: each.stage ? (stageLevels[each.stage] ?? "") : "" } }));
}

function showDeliveries() {
  const deliveries = study.destinations ?? [];
  const rows = deliveries.length > 0 ? deliveries.map((each) => ({ ...each, print: [each, may("inspect")] })) : [{ name: "" }];
  keepRows(el("deliveries"), rows, (each) => each.name, (each) => (each.name ? deliveryRow(each) : make("li", { textContent: say("no_destinations") })));
}

/** What is out of the ordinary: purged pixels, newer versions, what nobody gets. */
function notes() {
  const sum = (of) => study.series.reduce((total, each) => total + of(each), 0);
  const gone = sum((each) => each.versions - each.kept);
  const again = sum((each) => each.versions - each.instances);
  const what = gone > 0 && say("purged_n", { n: gone });
  return [what && (purgedAt ? say("purged_at", { what, at: session.clock.exact(purgedAt) }) : say("purged_all", { what })), again > 0 && say("versions_n", { n: again }),
    study.unrouted > 0 && study.destinations.length > 0 && say("unrouted_n", { n: study.unrouted })].filter(Boolean).map((text) => ({ text }));
}

function show() {
  if (!study) return;
  el("study").hidden = false;
  setText(el("study-title"), study.study_description || say("a_study"));
  const state = stateOf(study);
  setText(el("study-state"), state.text);
  el("study-state").dataset.level = state.level;
  const patient = patientLine(study);
  el("study-patient").hidden = patient === "";
  setText(el("study-patient"), patient);
  setText(el("study-facts"), studyLine(study));
  keepRows(el("study-notes"), notes(), (each) => each.text, (each) => make("li", { textContent: each.text }));
  showDeliveries();
  buttons?.showButtons(study);
  showStack();
}

async function askStudy() {
  try {
    return await ask(`/api/v1/studies/${encodeURIComponent(studyUid)}`);
  } catch (problem) {
    throw problem.status === 404 ? new Problem(say("unknown_study"), 404) : problem;
  }
}

async function refresh() {
  const { body } = await askStudy();
  study = body;
  if (may("inspect")) buttons ??= await import("/study_buttons.js");
  if (may("inspect") && study.series.some((each) => each.kept < each.versions)) {
    const { items } = (await ask(withQuery("/api/v1/history", { study: studyUid, event: "purged", limit: 1 }))).body;
    purgedAt = items[0]?.at ?? null;
  }
  await refreshStack(study);
}

if (studyUid) {
  onLanguage(speakStack);
  open({ name: "studies", needs: "look", refresh, show });
} else {
  // Which one, is for the list of them.
  location.replace("/studies.html");
}

// Job view: one job: what it is, what can be done with it, and its attempts as a timeline. Loaded with the first.
import "/job_words.js";
import { ask } from "/api.js";
import { actButton, make } from "/dom.js";
import { bytes, dicomDate, span } from "/formats.js";
import { say, sayCode } from "/languages.js";
import { imageText, personLine, stateBadge, verbButton, verbsOf, whyLine } from "/job_row.js";
import { reasonText } from "/reason_words.js";
import { at, canAct, session } from "/shell.js";
import { attempt } from "/toast.js";

const levels = { delivered: "ok", confirmed: "ok", transient: "warn", absent: "warn", unknown: "warn", needs_a_person: "bad" };

function step(instant, level, what, ...more) {
  return make("li", { dataset: { level } }, instant && make("time", { dateTime: instant, textContent: session.clock.exact(instant) }), make("strong", { textContent: what }), ...more.filter(Boolean).map((text) => make("p", { textContent: text })));
}

/** "0xA700" as the standard writes a status. */
const statusText = (status) => (status === null ? "" : `0x${status.toString(16).toUpperCase().padStart(4, "0")}`);

function attemptStep(each, rounds) {
  const kind = say(each.kind === "probe" ? "step_probe" : "step_sent");
  const outcome = each.outcome ? sayCode("outcome_", each.outcome, each.outcome) : say("step_open");
  const what = `${kind}: ${outcome}`;
  const timed = each.closed_at ? say("step_took", { what, span: span(new Date(each.closed_at) - new Date(each.opened_at)) }) : what;
  // The words have the status already, where the destination answered with one.
  const status = (each.text ?? "").includes(statusText(each.status)) ? "" : statusText(each.status);
  const told = [status, each.text, each.evidence && sayCode("evidence_", each.evidence, each.evidence), each.bytes > 0 && bytes(each.bytes)].filter(Boolean).join(" · ");
  return step(each.opened_at, levels[each.outcome] ?? "", rounds > 1 ? say("step_round", { what: timed, n: each.round }) : timed, told);
}

/** A job that is due waits for its destination: which is why, where that does not work. */
function dueStep(destination) {
  const isWell = !destination || destination.state === "ok";
  return step("", isWell ? "" : "bad", say(isWell ? "step_now_due" : `step_${destination.state === "held" ? "stopped" : destination.state}`), isWell ? "" : (destination.paused?.reason ?? destination.last_error ?? ""));
}

/** What comes next, or why nothing does. */
function lastStep(job, destination) {
  const reason = reasonText(job.reason, job.reason_text);
  const by = job.actor ? say("step_by", { actor: job.actor }) : "";
  switch (job.state) {
    case "queued":
      if (job.is_waiting) return step(job.due_at, "", say("step_waits", { reason }));
      return new Date(job.due_at) > Date.now() ? step(job.due_at, "", say("step_next"), reason) : dueStep(destination);
    case "held":
      return step(job.changed_at, "bad", say("step_held", { reason }), by);
    case "cancelled":
      return step(job.changed_at, "", say("step_cancelled", { reason }), by);
    case "uncertain":
      return step(job.due_at, "warn", say("step_uncertain"), reason);
    default:
      return null;
  }
}

function fact(word, ...value) {
  return make("div", {}, make("dt", { textContent: say(word) }), make("dd", {}, ...value));
}

function facts(job) {
  const { instance } = job;
  const place = { study: instance.study_instance_uid, ...(instance.series_instance_uid && { series: instance.series_instance_uid, instance: instance.sop_instance_uid }) };
  const study = instance.study_instance_uid && make("a", { href: `/study.html?${new URLSearchParams(place)}`, textContent: [instance.study_description, dicomDate(instance.study_date)].filter(Boolean).join(", ") || instance.study_instance_uid });
  const sop = instance.version > 1 ? `${instance.sop_instance_uid} (${say("version_n", { n: instance.version })})` : instance.sop_instance_uid;
  const from = [instance.sender, instance.calling_ae_title].filter(Boolean).join(", ");
  return make("dl", { className: "facts-of" },
    study && fact("fact_study", study),
    fact("fact_patient", personLine(instance)),
    fact("fact_sop", sop),
    from && fact("fact_sender", from),
    fact("fact_bytes", bytes(instance.bytes)),
    fact("fact_priority", sayCode("priority_", job.priority, job.priority)),
    job.edits.length > 0 && fact("fact_edits", say(job.is_edited ? "edits_made" : "edits_n", { n: job.edits.length })));
}

/** Why it goes where it goes: by the present routes, and by what was recorded when it came. */
async function showWhy({ instance }, button) {
  const path = `/api/v1/instances/${encodeURIComponent(instance.sop_instance_uid)}/routes?version=${instance.version}`;
  const got = await attempt(button, () => Promise.all([ask(path), import("/dialogs.js"), import("/explanation.js")]));
  if (!got) return;
  const [{ body }, dialogs, { explained }] = got;
  const came = body.receipts.map((each) => make("li", { textContent: say("came_by", { at: at(each.received_at), routes: each.routes.join(", ") || say("no_route_then"), destinations: each.destinations.join(", ") || "–" }) }));
  dialogs.show(say("why_title"), make("h3", { textContent: say("why_then") }), make("ul", { className: "told-list" }, ...came), make("h3", { textContent: say("why_now") }), ...explained(body.now));
}

/** What stands in the panel of one job. `destination`: how it stands; `back`: to the list that somebody came from. */
export function jobView(job, destination, back) {
  const title = say("job_title", { id: String(job.id), image: imageText(job.instance), name: job.destination });
  const verbs = canAct() ? verbsOf[job.state].map((verb) => verbButton(job, verb)) : [];
  const head = make("div", { className: "job-head" },
    make("div", {}, make("h2", { id: "one-title", textContent: title }), make("p", {}, stateBadge(job), " ", reasonText(job.reason, job.reason_text)), make("p", { className: "faint", textContent: whyLine(job) }), job.note && make("p", { className: "faint", textContent: say("job_note", { note: job.note }) })),
    make("div", { className: "acts" }, ...verbs, actButton(say("why"), "why", "", (button) => showWhy(job, button)), actButton(say("back_to_list"), "back", "", back)));
  const rounds = Math.max(1, ...job.attempts.map((each) => each.round));
  const steps = [step(job.created_at, "", say("step_received", { name: job.destination })), ...job.attempts.map((each) => attemptStep(each, rounds)), lastStep(job, destination)];
  return [head, facts(job), make("ol", { className: "timeline" }, ...steps.filter(Boolean))];
}

/** What of a job the panel shows: where it changed, the panel is made anew. */
export const jobPrint = (job, destination) =>
  JSON.stringify([document.documentElement.lang, job, canAct(), at(job.due_at), job.state === "queued" && new Date(job.due_at) > Date.now(), destination?.state, destination?.last_error, destination?.paused]);

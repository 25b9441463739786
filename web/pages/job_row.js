// Job row: a job in the list, and the verbs that fit its state.
import "/verb_words.js";
import { act, withQuery } from "/api.js";
import { actButton, cell, make } from "/dom.js";
import { say } from "/languages.js";
import { reasonText } from "/reason_words.js";
import { at, canAct, refresh } from "/shell.js";
import { attempt, toast } from "/toast.js";

/** What a person may do with a job of a state, the likeliest first. */
export const verbsOf = {
  queued: ["retry", "hold", "cancel"],
  sending: [],
  uncertain: ["retry", "hold", "cancel"],
  held: ["release", "adopt", "cancel"],
  delivered: ["resend"],
  cancelled: ["resend"],
};

const levels = { delivered: "ok", held: "bad", uncertain: "warn" };

export function stateBadge(job) {
  const level = job.is_warning && job.state === "delivered" ? "warn" : (levels[job.state] ?? "off");
  return make("span", { className: "state", textContent: say(job.is_waiting ? "state_waiting" : `state_${job.state}`), dataset: { level } });
}

export function imageText(instance) {
  return [instance.modality, instance.study_description || instance.series_description].filter(Boolean).join(", ") || say("image");
}

async function run(job, verb, button) {
  // What cannot be taken back easily is asked about, and its reason is kept.
  if (verb === "cancel" || verb === "adopt") {
    const { actOnPicked } = await import("/bulk.js");
    if (await actOnPicked(verb, [job.id], button)) await refresh();
    return;
  }
  const changed = await attempt(button, () => act(`/api/v1/jobs/${job.id}/${verb}`));
  if (changed) toast(say("job_changed", { id: String(job.id), state: say(`state_${changed.state}`) }));
  await refresh();
}

export function verbButton(job, verb) {
  return actButton(say(`verb_${verb}`), verb, say("verb_of", { verb: say(`verb_${verb}`), id: String(job.id) }), (button) => attempt(null, () => run(job, verb, button)));
}

export function whyLine(job) {
  const tries = job.attempt_count > 0 && say("tries", { n: job.attempt_count });
  const isLater = job.state === "queued" || job.state === "uncertain";
  const next = isLater && new Date(job.due_at) > Date.now() && say("next_at", { at: at(job.due_at) });
  const warned = job.is_warning && say("warning");
  return [tries, next, warned, job.stands_in_for && say("stands_in_for", { name: job.stands_in_for })].filter(Boolean).join(" · ");
}

export function personLine(instance) {
  return [instance.patient_id && say("patient_n", { id: instance.patient_id }), instance.accession_number && say("accession_n", { id: instance.accession_number })].filter(Boolean).join(" · ") || instance.sop_instance_uid;
}

/** `picked`: the set of ids that somebody ticked; `onPick` after it changed. */
export function jobRow({ job, picked, onPick }) {
  const { instance } = job;
  const box = make("input", { type: "checkbox", checked: picked.has(job.id), dataset: { act: "pick" }, attributes: { "aria-label": say("pick", { id: String(job.id) }) } });
  box.addEventListener("change", () => {
    if (box.checked) picked.add(job.id);
    else picked.delete(job.id);
    onPick();
  });
  const first = canAct() && verbsOf[job.state][0];
  return make("tr", {},
    cell("", "", canAct() && box),
    cell(say("c_since"), "nowrap", at(job.changed_at)),
    cell("", "", make("a", { href: withQuery("/outbox.html", { job: job.id }), textContent: imageText(instance), dataset: { act: "job" } }), make("span", { className: "faint", textContent: personLine(instance) })),
    cell(say("c_to"), "", job.destination),
    cell("", "why", stateBadge(job), " ", reasonText(job.reason, job.reason_text), make("span", { className: "faint", textContent: whyLine(job) })),
    cell("", "", make("div", { className: "acts" }, first && verbButton(job, first), make("a", { className: "button", href: withQuery("/outbox.html", { job: job.id }), textContent: say("attempts"), dataset: { act: "attempts" }, attributes: { "aria-label": say("attempts_of", { id: String(job.id) }) } }))));
}

// Study answers: what the destinations said since they were asked, of each job of a study, from its attempts.
import { ask, withQuery } from "/api.js";

const rows_max = 1000;
const at_once = 4;
const look_every_ms = 400;
const patience_ms = 45000;

async function jobsOf(study) {
  const found = [];
  for (let cursor = ""; cursor !== null; ) {
    const { body } = await ask(withQuery("/api/v1/jobs", { study: study.study_instance_uid, limit: rows_max, cursor }));
    found.push(...body.items.filter((each) => each.state === "uncertain" || each.state === "delivered"));
    cursor = body.next;
  }
  return found;
}

/** A word, or "" while nobody has answered. One that was on its way already when we asked, and was answered since, answers us, too. */
function verdictOf(job, round, asked_at) {
  const probes = job.attempts.filter((each) => each.kind === "probe" && (each.closed_at ?? each.opened_at) >= asked_at);
  const last = probes.filter((each) => ["delivered", "confirmed", "absent"].includes(each.outcome)).at(-1);
  if (last) return last.outcome === "absent" ? "denied" : last.evidence;
  const isOpen = job.round === round && (job.state === "uncertain" || (job.state === "delivered" && job.confirm_due_at));
  return isOpen || probes.length > 0 ? "" : "cannot";
}

async function lookAt(job, asked_at) {
  const { body } = await ask(`/api/v1/jobs/${job.id}`);
  return verdictOf(body, job.round, asked_at);
}

/** Has them asked by `askThem()`, and waits for what they say: a Map of each destination's {verdict: n}. `progress(done, total)`. */
export async function answersOf(study, askThem, progress) {
  const jobs = await jobsOf(study);
  const { asked_at } = await askThem();
  const until = performance.now() + patience_ms;
  const verdicts = new Map();
  for (;;) {
    const open = jobs.filter((each) => !verdicts.has(each.id));
    const next = open.values();
    const worker = async () => {
      for (const job of next) {
        const verdict = await lookAt(job, asked_at);
        if (verdict) verdicts.set(job.id, verdict);
        progress(verdicts.size, jobs.length);
        if (performance.now() > until) return;
      }
    };
    await Promise.all(Array.from({ length: at_once }, worker));
    if (verdicts.size === jobs.length || performance.now() > until) break;
    await new Promise((resolve) => setTimeout(resolve, look_every_ms));
  }
  const counts = new Map();
  for (const job of jobs) {
    const verdict = verdicts.get(job.id) ?? "none";
    const of = counts.get(job.destination) ?? {};
    counts.set(job.destination, { ...of, [verdict]: (of[verdict] ?? 0) + 1 });
  }
  return counts;
}

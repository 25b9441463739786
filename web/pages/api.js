// API: what a page asks of the bridge and has it do, with every refusal as a sentence.
import { learn, say } from "/languages.js";

learn({
  en: {
    no_answer: "The bridge does not answer.",
    unsure: "The bridge did not answer: look whether it was done before you do it again.",
    may_not: "Your role ({role}) may not do this: {detail}",
    answered: "The bridge answered {status}: {detail}",
    broke_off: "The answer broke off: look how far it came before you do it again.",
  },
  id: {
    no_answer: "Bridge tidak menjawab.",
    unsure: "Bridge tidak menjawab: periksa dulu apakah sudah terjadi sebelum mengulanginya.",
    may_not: "Peran Anda ({role}) tidak mengizinkan ini: {detail}",
    answered: "Bridge menjawab {status}: {detail}",
    broke_off: "Jawaban terputus: periksa sampai mana sebelum mengulanginya.",
  },
});

const answer_within_ms = 10000;
const act_within_ms = 180000;
const a_person_is_there_ms = 10000;
const kept_max = 40;

/** A refusal. `message` is for people; `status` 0: no answer at all; `body`: what else the answer has. */
export class Problem extends Error {
  constructor(message, status = 0, body = {}, retry_s = 0) {
    super(message);
    this.status = status;
    this.body = body;
    this.retry_s = retry_s;
  }
}

let role = "";
export const setRole = (present) => (role = present);

let offset_ms = 0; // the bridge's clock against this one's: ages must not depend on the browser's
export const now = () => new Date(Date.now() + offset_ms);

// Who only leaves a page open does not stay logged in by it: what no person's touch came before is told to be a timer's.
let touched = -a_person_is_there_ms / 2;
for (const kind of ["pointerdown", "keydown", "wheel"]) addEventListener(kind, () => (touched = performance.now()), { capture: true, passive: true });

/** Those of every request of ours. */
export function headers(more = {}) {
  return performance.now() - touched > a_person_is_there_ms ? { ...more, "Dicom-Bridge-Poll": "1" } : more;
}

function noteDate(answer) {
  const date = Date.parse(answer.headers.get("Date") ?? "");
  // The header has whole seconds: only a real difference counts.
  if (!Number.isNaN(date) && Math.abs(date + 500 - Date.now() - offset_ms) > 2000) offset_ms = date + 500 - Date.now();
}

const isDoor = () => ["/login.html", "/setup.html"].includes(location.pathname);

/** Where somebody who is not logged in goes, to come back afterwards. */
export function toLogin() {
  location.replace(`/login.html?next=${encodeURIComponent(location.pathname + location.search + location.hash)}`);
  return new Promise(() => {}); // the page is on its way out: nothing of it goes on
}

async function problemOf(answer) {
  if (answer.status === 401 && !isDoor()) return toLogin();
  const body = await answer.json().catch(() => ({}));
  const detail = body.detail || answer.statusText;
  const retry_s = Number(answer.headers.get("Retry-After")) || 0;
  const isOurs = answer.status >= 400 && answer.status < 500 && body.detail;
  const text = answer.status === 403 && role ? say("may_not", { role, detail }) : isOurs ? detail : say("answered", { status: String(answer.status), detail });
  return new Problem(text, answer.status, body, retry_s);
}

async function send(path, options, within_ms, silence) {
  try {
    const answer = await fetch(path, { ...options, cache: "no-store", signal: AbortSignal.timeout(within_ms) });
    noteDate(answer);
    return answer;
  } catch {
    throw new Problem(say(silence));
  }
}

async function bodyOf(answer) {
  try {
    return await answer.json();
  } catch {
    throw new Problem(say("broke_off"));
  }
}

const kept = new Map(); // the last answer of each path, with its tag: asking again is cheap

/** Asks, waiting so long. {same, body}: `same` where it is what this path answered before, then the very object. Throws Problem. */
export async function ask(path, within_ms = answer_within_ms) {
  const before = kept.get(path);
  const answer = await send(path, { headers: headers(before?.tag ? { "If-None-Match": before.tag } : {}) }, within_ms, "no_answer");
  if (answer.status === 304 && before) return { same: true, body: before.body };
  if (!answer.ok) throw await problemOf(answer);
  const body = await bodyOf(answer);
  kept.delete(path);
  kept.set(path, { tag: answer.headers.get("ETag") ?? "", body });
  if (kept.size > kept_max) kept.delete(kept.keys().next().value);
  return { same: false, body };
}

const missing = new Set(); // calls that this bridge does not have

/** The same where a bridge of another version may not have the call: null then, and it is not asked again. */
export async function askIfThere(path, within_ms = answer_within_ms) {
  if (missing.has(path)) return null;
  try {
    return (await ask(path, within_ms)).body;
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    missing.add(path);
    return null;
  }
}

function post(path, body) {
  const options = { method: "POST", headers: headers({ "Content-Type": "application/json" }), body: JSON.stringify(body) };
  return send(path, options, act_within_ms, "unsure");
}

/** Has something done, or asks with a body. Returns what was answered; throws Problem. */
export async function act(path, body = {}) {
  const answer = await post(path, body);
  if (!answer.ok) throw await problemOf(answer);
  return bodyOf(answer);
}

async function* lines(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    for (const part of parts) if (part) yield JSON.parse(part);
  }
}

/** Long work: `onProgress(done, total)` after each slice; returns the result. Throws Problem. */
export async function actWatched(path, body, onProgress) {
  // No deadline but the bridge's own: each slice is a sign of life.
  const options = { method: "POST", headers: headers({ "Content-Type": "application/json" }), body: JSON.stringify({ ...body, progress: true }) };
  const answer = await fetch(path, options).catch(() => {
    throw new Problem(say("unsure"));
  });
  if (!answer.ok) throw await problemOf(answer);
  try {
    for await (const line of lines(answer)) {
      if (line.problem) throw new Problem(line.problem.detail, line.problem.status, line.problem);
      if (line.result) return line.result;
      onProgress(line.done, line.total);
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
  }
  throw new Problem(say("broke_off"));
}

/** A path with a query of what is not empty. */
export function withQuery(path, terms) {
  const query = new URLSearchParams(Object.entries(terms).filter(([, value]) => value !== "" && value !== null && value !== undefined));
  return query.size ? `${path}?${query}` : path;
}

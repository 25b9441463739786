// History row: one row of the history as a sentence, and all that it consists of when it is unfolded.
import { withQuery } from "/api.js";
import { make } from "/dom.js";
import { actorText, eventName, sentence } from "/history_told.js";
import { say, sayCode } from "/languages.js";
import { at, session } from "/shell.js";

const levels = { delivered: "ok", confirmed: "ok", registered: "ok", destination_recovered: "ok", doubted: "warn", held: "bad", recalled: "warn", damaged: "bad", destination_failing: "bad", destination_held: "bad",
  refused: "warn", paused: "warn", login_failed: "warn", webhook_failing: "warn", registration_forgotten: "warn" };

const opened = new Set(); // rows that somebody looks at

/** Values as they are: a list's in one line. */
const valueText = (value) => (Array.isArray(value) ? value.join(", ") : typeof value === "object" && value !== null ? JSON.stringify(value) : String(value));

function shownValue(key, value) {
  if (key === "job") return make("a", { href: withQuery("/outbox.html", { job: value }), textContent: String(value) });
  if (key === "study" || key === "study_instance_uid") return make("a", { href: withQuery("/study.html", { study: value }), textContent: value });
  return ["digest", "hash", "previous_hash"].includes(key) ? make("code", { textContent: value }) : valueText(value);
}

function facts(row) {
  const { detail, event: _event, destination: _destination, instance: _instance, ...fixed } = row;
  const of = typeof detail === "object" && detail !== null ? detail : detail ? { detail } : {};
  const known = Object.entries({ ...fixed, at: session.clock.exact(row.at), ...of }).filter(([, value]) => value !== null && value !== "");
  return make("dl", {}, ...known.flatMap(([key, value]) => [make("dt", { textContent: sayCode("key_", key, key) }), make("dd", {}, shownValue(key, value))]));
}

/** `kind`: of the row's destination, where that is known. */
export function historyRow({ row, kind }) {
  const note = row.detail?.note;
  const line = make("summary", { dataset: { act: "unfold" } },
    make("time", { dateTime: row.at, textContent: at(row.at) }),
    make("span", { className: "state", textContent: eventName(row.event), dataset: { level: levels[row.event] ?? "off" } }),
    make("span", { className: "sentence" }, sentence(row, kind) || valueText(row.detail ?? ""), note && make("span", { className: "note", textContent: say("its_note", { note }) })),
    make("span", { className: "actor", textContent: actorText(row.actor) }));
  const details = make("details", { open: opened.has(row.sequence) }, line);
  // Most rows are never unfolded: what few look at is made then.
  const unfold = () => details.open && details.childElementCount === 1 && details.append(facts(row));
  details.addEventListener("toggle", () => {
    if (details.open) opened.add(row.sequence);
    else opened.delete(row.sequence);
    unfold();
  });
  unfold();
  return make("li", { dataset: { event: row.event } }, details);
}

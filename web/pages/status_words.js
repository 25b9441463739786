// Status words: what the status means, in sentences. Pure functions of the status, the clock and the time; no page.
import { bytes, span } from "/formats.js";
import { learnSpoken, locale, say, sayCode } from "/languages.js";
import { reasonText } from "/reason_words.js";

await learnSpoken({ en: () => import("/status_words_en.js"), id: () => import("/status_words_id.js") });

const asSentence = (text) => text.charAt(0).toLocaleUpperCase(locale()) + text.slice(1);

/** Jobs that neither wait by design nor are done: what somebody is waiting for. */
export function owed(jobs) {
  return jobs.queued - jobs.waiting + jobs.sending + jobs.uncertain;
}

function waits(destination, now) {
  const n = owed(destination.jobs);
  if (n === 0) return say("nothing_waits");
  const what = say("images_wait", { n });
  return destination.oldest_queued_at ? say("with_oldest", { what, span: span(now - new Date(destination.oldest_queued_at)) }) : what;
}

function trouble(destination, clock, now) {
  const { name } = destination;
  const more = { name, waits: waits(destination, now) };
  switch (destination.state) {
    case "failing":
      return say("does_not_answer", { ...more, at: clock.at(destination.failing_since, now) });
    case "held":
      return say("refuses_us", { ...more, at: clock.at(destination.held.at, now), why: reasonText(destination.held.reason, destination.held.reason_text) });
    case "paused":
      return destination.paused.by ? say("is_paused_by", { ...more, by: destination.paused.by }) : say("is_paused", more);
    default:
      return "";
  }
}

function spoolTrouble(spool) {
  if (spool.state === "refusing") return { level: "bad", text: say("disk_full", { free: bytes(spool.free_bytes) }) };
  if (spool.state === "warn") return { level: "warn", text: say("disk_filling", { free: bytes(spool.free_bytes) }) };
  return null;
}

export function refusedText(accepting, clock, now) {
  const since = accepting.since ? say("scanners_refused_since", { at: clock.at(accepting.since, now) }) : say("scanners_refused");
  return accepting.why ? `${since}: ${accepting.why}` : since;
}

function destinationTroubles(status, clock, now) {
  const found = [];
  // Several that fail at once behind one link are one trouble, and not theirs: the alarm ends with their names.
  const behind = new Set(status.alarms.filter((each) => each.name === "uplink").flatMap((each) => each.text.slice(each.text.lastIndexOf(": ") + 2).split(", ")));
  const cut = status.destinations.filter((each) => each.state === "failing" && behind.has(each.name));
  if (cut.length > 0) found.push({ level: "bad", text: say("uplink_down", { names: cut.map((each) => each.name).join(", ") }) });
  for (const each of status.destinations) {
    const text = cut.includes(each) ? "" : trouble(each, clock, now);
    if (text) found.push({ level: each.state === "paused" ? "warn" : "bad", text });
    if (each.jobs.held > 0) found.push({ level: "bad", text: say("need_a_person", { n: each.jobs.held, name: each.name }) });
    else if (each.state === "ok" && each.jobs.uncertain > 0) found.push({ level: "warn", text: say("asked_about", { n: each.jobs.uncertain, name: each.name }) });
  }
  return found;
}

/** Everything that is not well, worst first: {level: "bad" | "warn", text}. */
export function troubles(status, clock, now) {
  const found = status.accepting.ok ? [] : [{ level: "bad", text: refusedText(status.accepting, clock, now) }];
  const disk = spoolTrouble(status.spool);
  if (disk) found.push(disk);
  found.push(...destinationTroubles(status, clock, now));
  if (status.unrouted > 0) found.push({ level: "warn", text: say("no_route", { n: status.unrouted }) });
  return found.sort((a, b) => (a.level === b.level ? 0 : a.level === "bad" ? -1 : 1));
}

/** The one sentence: {level, text, more}. */
export function headline(status, clock, now) {
  const found = troubles(status, clock, now);
  if (found.length > 0) return { level: found[0].level, text: found[0].text, more: found.slice(1).map((each) => each.text) };
  const destinations = status.destinations.filter((each) => each.is_configured);
  if (destinations.length === 0) return { level: "warn", text: say("no_destinations_yet"), more: [] };
  const queued = destinations.reduce((sum, each) => sum + owed(each.jobs), 0);
  const designed = destinations.reduce((sum, each) => sum + each.jobs.waiting, 0);
  const parts = [say("destinations_n", { n: destinations.length }), queued > 0 ? say("on_the_way", { n: queued }) : say("nothing_waiting")];
  if (designed > 0) parts.push(say("by_design", { n: designed }));
  return { level: "ok", text: say("all_well", { what: parts.join(", ") }), more: [] };
}

const error_told_for_ms = 24 * 3600e3;

/** The last error is kept when it is over: then it says so, and is told for a day. */
function lastError(destination, clock, now) {
  if (!destination.last_error) return null;
  const told = { text: destination.last_error, at: destination.last_error_at ? clock.at(destination.last_error_at, now) : "" };
  if (destination.failing_since || destination.held) {
    const next = destination.next_try_at && !destination.paused ? clock.at(destination.next_try_at, now) : "";
    return { kind: "error", text: next ? say("last_error_next", { ...told, next }) : say("last_error", told) };
  }
  if (!destination.last_error_at || now - new Date(destination.last_error_at) > error_told_for_ms) return null;
  return { kind: "", text: say(destination.jobs.held > 0 ? "last_error_others" : "last_error_passed", told) };
}

function pausedLine({ by, reason, at, until }, clock, now) {
  const since = at ? clock.at(at, now) : "";
  const begin = by ? say("paused_line_by", { by, at: since }) : say("paused_line", { at: since });
  const end = until ? say("paused_until", { at: clock.at(until, now) }) : say("paused_for_ever");
  return { kind: "pause", text: `${begin.trim()}${reason ? `: ${reason}` : ""}; ${end}` };
}

function rateText(rate) {
  if (!rate) return "";
  return rate >= 1 ? say("per_second", { rate }) : say("per_minute", { rate: Math.round(rate * 60) });
}

const settled_ms = 60000; // before that, no rate is known that could be told

function etaText(destination, clock, now) {
  if (destination.eta) return say("caught_up", { at: clock.at(destination.eta, now) });
  const oldest = destination.oldest_queued_at && now - new Date(destination.oldest_queued_at);
  const isStuck = destination.state === "ok" && owed(destination.jobs) > 0 && oldest > settled_ms && !destination.rate;
  return isStuck ? say("never_caught_up") : "";
}

function paceLine(destination, clock, now) {
  const parts = [];
  if (destination.oldest_queued_at && owed(destination.jobs) > 0) parts.push(say("oldest_waits", { span: span(now - new Date(destination.oldest_queued_at)) }));
  parts.push(destination.last_delivered_at ? say("last_delivered", { at: clock.at(destination.last_delivered_at, now) }) : say("nothing_delivered"));
  parts.push(rateText(destination.rate), etaText(destination, clock, now));
  if (destination.warnings > 0) parts.push(say("warnings_n", { n: destination.warnings }));
  return { kind: "", text: asSentence(parts.filter(Boolean).join(" · ")) };
}

/** What a row says under its counts: [{kind: "" | "error" | "pause", text}]. */
export function rowWords(destination, clock, now) {
  const lines = [];
  if (destination.paused) lines.push(pausedLine(destination.paused, clock, now));
  if (destination.held) lines.push({ kind: "error", text: say("stopped_since", { at: clock.at(destination.held.at, now), why: reasonText(destination.held.reason, destination.held.reason_text) }) });
  lines.push(lastError(destination, clock, now));
  if (destination.failover_to) lines.push({ kind: "", text: say("stands_in", { name: destination.failover_to, at: clock.at(destination.failover_since, now) }) });
  lines.push(paceLine(destination, clock, now));
  for (const each of destination.by_reason.filter((one) => one.state === "queued"))
    lines.push({ kind: "", text: say("of_reason", { n: each.jobs, reason: reasonText(each.reason, each.reason_text) }) });
  return lines.filter(Boolean);
}

/** An alarm's own sentence and advice, in this language where there are words for it: the bridge's are English. */
export function alarmWords(alarm) {
  const values = { n: alarm.count ?? 0, subject: alarm.subject ?? "" };
  const hint = sayCode("alarm_hint_", alarm.name, alarm.hint ?? "", values);
  return { text: `${asSentence(sayCode("alarm_", alarm.name, alarm.text, values))}.`, hint: hint && `${asSentence(hint)}.` };
}

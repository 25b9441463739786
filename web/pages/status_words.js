// Status words: what the status means, in sentences. Pure functions of the status, the clock and the time; no page.
import { bytes, span } from "/formats.js";
import { learn, locale, say, sayCode } from "/languages.js";
import { reasonText } from "/reason_words.js";

learn({
  en: {
    images_wait: { one: "1 image waits", other: "{n} images wait" },
    nothing_waits: "nothing waits there",
    with_oldest: "{what}, oldest {span}",
    does_not_answer: "{name} does not answer since {at}: {waits}",
    refuses_us: "{name} refuses us since {at} ({why}): {waits}",
    is_paused: "{name} is paused: {waits}",
    is_paused_by: "{name} is paused by {by}: {waits}",
    uplink_down: "Your uplink: {names} do not answer",
    scanners_refused: "Scanners are refused",
    scanners_refused_since: "Scanners are refused since {at}",
    disk_full: "The disk is full: {free} free, new images are refused",
    disk_filling: "The disk is filling up: {free} free",
    need_a_person: { one: "1 image for {name} needs a person", other: "{n} images for {name} need a person" },
    asked_about: { one: "{name}: 1 image sent without an answer, being asked about", other: "{name}: {n} images sent without an answer, being asked about" },
    no_route: { one: "1 image matches no route and stays here", other: "{n} images match no route and stay here" },
    no_destinations_yet: "No destinations yet: images are kept, none are sent on",
    all_well: "All well: {what}",
    destinations_n: { one: "1 destination", other: "{n} destinations" },
    on_the_way: { one: "1 image on the way", other: "{n} images on the way" },
    nothing_waiting: "nothing waiting",
    by_design: { one: "1 waits by design", other: "{n} wait by design" },
    last_error: "Last error {at}: {text}",
    last_error_next: "Last error {at}: {text}; next try {next}",
    last_error_passed: "Last error {at} (it has passed): {text}",
    last_error_others: "Last error {at} (the other images go on): {text}",
    paused_line: "Paused {at}",
    paused_line_by: "Paused by {by} {at}",
    paused_until: "until {at}",
    paused_for_ever: "until somebody resumes it",
    stopped_since: "Stopped since {at}: {why}",
    stands_in: "{name} stands in for it since {at}",
    oldest_waits: "Oldest waits {span}",
    last_delivered: "last delivered {at}",
    nothing_delivered: "nothing delivered yet",
    per_second: "{rate} per second",
    per_minute: "{rate} per minute",
    caught_up: "caught up at {at}",
    never_caught_up: "never caught up at this rate",
    warnings_n: { one: "1 warning", other: "{n} warnings" },
    of_reason: "{n} × {reason}",
  },
  id: {
    images_wait: "{n} gambar menunggu",
    nothing_waits: "tidak ada yang menunggu",
    with_oldest: "{what}, terlama {span}",
    does_not_answer: "{name} tidak menjawab sejak {at}: {waits}",
    refuses_us: "{name} menolak kita sejak {at} ({why}): {waits}",
    is_paused: "{name} dijeda: {waits}",
    is_paused_by: "{name} dijeda oleh {by}: {waits}",
    uplink_down: "Koneksi keluar Anda: {names} tidak menjawab",
    scanners_refused: "Alat pencitraan ditolak",
    scanners_refused_since: "Alat pencitraan ditolak sejak {at}",
    disk_full: "Disk penuh: {free} tersisa, gambar baru ditolak",
    disk_filling: "Disk hampir penuh: {free} tersisa",
    need_a_person: "{n} gambar untuk {name} perlu ditangani",
    asked_about: "{name}: {n} gambar terkirim tanpa jawaban, sedang ditanyakan",
    no_route: "{n} gambar tidak cocok dengan rute mana pun dan tetap di sini",
    no_destinations_yet: "Belum ada tujuan: gambar disimpan, tidak ada yang diteruskan",
    all_well: "Semua baik: {what}",
    destinations_n: "{n} tujuan",
    on_the_way: "{n} gambar dalam perjalanan",
    nothing_waiting: "tidak ada yang menunggu",
    by_design: "{n} memang menunggu",
    last_error: "Galat terakhir {at}: {text}",
    last_error_next: "Galat terakhir {at}: {text}; dicoba lagi {next}",
    last_error_passed: "Galat terakhir {at} (sudah berlalu): {text}",
    last_error_others: "Galat terakhir {at} (gambar lain jalan terus): {text}",
    paused_line: "Dijeda {at}",
    paused_line_by: "Dijeda oleh {by} {at}",
    paused_until: "sampai {at}",
    paused_for_ever: "sampai ada yang melanjutkannya",
    stopped_since: "Berhenti sejak {at}: {why}",
    stands_in: "{name} menggantikannya sejak {at}",
    oldest_waits: "Terlama menunggu {span}",
    last_delivered: "terakhir terkirim {at}",
    nothing_delivered: "belum ada yang terkirim",
    per_second: "{rate} per detik",
    per_minute: "{rate} per menit",
    caught_up: "selesai pukul {at}",
    never_caught_up: "tidak akan selesai dengan laju ini",
    warnings_n: "{n} peringatan",
    of_reason: "{n} × {reason}",
  },
});

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
  const failing = status.destinations.filter((each) => each.state === "failing");
  // Several that fail at once behind one link are one trouble, not theirs.
  const isUplink = failing.length > 1 && status.alarms.some((each) => each.name === "uplink");
  if (isUplink) found.push({ level: "bad", text: say("uplink_down", { names: failing.map((each) => each.name).join(", ") }) });
  for (const each of status.destinations) {
    const text = isUplink && each.state === "failing" ? "" : trouble(each, clock, now);
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

/** An alarm's own sentence, in this language where there is one. */
export function alarmText(alarm) {
  return sayCode("alarm_", alarm.name, alarm.text, { n: alarm.count ?? 0, subject: alarm.subject ?? "" });
}


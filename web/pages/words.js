// Words: what the status means, in sentences. Pure functions of the status, the zone and the time; no page.

const number = new Intl.NumberFormat("en-US");

export function count(n, one, many) {
  return `${number.format(n)} ${n === 1 ? one : many}`;
}

export function plain(n) {
  return number.format(n);
}

export function bytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = n;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** "48 min", "3 h 20 min", "2 days": never finer than somebody needs. */
export function span(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 && hours < 10 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return days === 1 ? "1 day" : `${number.format(days)} days`;
}

/** Times in the node's zone; the browser's own where the browser doesn't know that one. */
export class Clock {
  constructor(zone) {
    this.zone = zone;
    try {
      this.time = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
    } catch {
      this.zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      this.time = new Intl.DateTimeFormat("en-GB", { timeZone: this.zone, hour: "2-digit", minute: "2-digit" });
    }
    const zoned = { timeZone: this.zone };
    this.seconds = new Intl.DateTimeFormat("en-GB", { ...zoned, hour: "2-digit", minute: "2-digit", second: "2-digit" });
    this.day = new Intl.DateTimeFormat("en-CA", { ...zoned, year: "numeric", month: "2-digit", day: "2-digit" });
    this.date = new Intl.DateTimeFormat("en-GB", { ...zoned, weekday: "short", day: "numeric", month: "short" });
    this.year = new Intl.DateTimeFormat("en-GB", { ...zoned, day: "numeric", month: "short", year: "numeric" });
  }

  /** "02:13" today, "Tue 3 Mar, 02:13" within months, "3 Mar 2025, 02:13" before. */
  at(text, now) {
    const at = new Date(text);
    if (this.day.format(at) === this.day.format(now)) return this.time.format(at);
    const isNear = Math.abs(now - at) < 180 * 86400e3;
    return `${(isNear ? this.date : this.year).format(at)}, ${this.time.format(at)}`;
  }
}

/** Jobs that neither wait by design nor are done: what somebody is waiting for. */
export function owed(jobs) {
  return jobs.queued - jobs.waiting + jobs.sending + jobs.uncertain;
}

function oldest(destination, now) {
  return destination.oldest_queued_at ? `, oldest ${span(now - new Date(destination.oldest_queued_at))}` : "";
}

function waits(destination, now) {
  const n = owed(destination.jobs);
  return n > 0 ? `${count(n, "image waits", "images wait")}${oldest(destination, now)}` : "nothing waits there";
}

function trouble(destination, clock, now) {
  const name = destination.name;
  switch (destination.state) {
    case "failing":
      return `${name} does not answer since ${clock.at(destination.failing_since, now)}: ${waits(destination, now)}`;
    case "held":
      return `${name} refuses us since ${clock.at(destination.held.at, now)} (${destination.held.reason_text}): ${waits(destination, now)}`;
    case "paused":
      return `${name} is paused${destination.paused.by ? ` by ${destination.paused.by}` : ""}: ${waits(destination, now)}`;
    default:
      return "";
  }
}

function spoolTrouble(spool) {
  if (spool.state === "refusing") return { level: "bad", text: `The disk is full: ${bytes(spool.free_bytes)} free, new images are refused` };
  if (spool.state === "warn") return { level: "warn", text: `The disk is filling up: ${bytes(spool.free_bytes)} free` };
  return null;
}

/** Everything that is not well, worst first: {level: "bad" | "warn", text}. */
export function troubles(status, clock, now) {
  const found = [];
  if (!status.accepting.ok) {
    const since = status.accepting.since ? ` since ${clock.at(status.accepting.since, now)}` : "";
    found.push({ level: "bad", text: `Scanners are refused${since}${status.accepting.why ? `: ${status.accepting.why}` : ""}` });
  }
  const disk = spoolTrouble(status.spool);
  if (disk) found.push(disk);
  for (const each of status.destinations) {
    const text = trouble(each, clock, now);
    if (text) found.push({ level: each.state === "paused" ? "warn" : "bad", text });
    if (each.jobs.held > 0)
      found.push({ level: "bad", text: `${count(each.jobs.held, "image for", "images for")} ${each.name} ${each.jobs.held === 1 ? "needs" : "need"} a person` });
    else if (!text && each.jobs.uncertain > 0)
      found.push({ level: "warn", text: `${each.name}: ${count(each.jobs.uncertain, "image", "images")} sent without an answer, being asked about` });
  }
  if (status.unrouted > 0)
    found.push({ level: "warn", text: `${count(status.unrouted, "image matches", "images match")} no route and ${status.unrouted === 1 ? "stays" : "stay"} here` });
  return found.sort((a, b) => (a.level === b.level ? 0 : a.level === "bad" ? -1 : 1));
}

/** The one sentence: {level, text, more}. */
export function headline(status, clock, now) {
  const found = troubles(status, clock, now);
  if (found.length > 0) return { level: found[0].level, text: found[0].text, more: found.slice(1).map((each) => each.text) };
  const destinations = status.destinations.filter((each) => each.is_configured);
  const queued = destinations.reduce((sum, each) => sum + owed(each.jobs), 0);
  const designed = destinations.reduce((sum, each) => sum + each.jobs.waiting, 0);
  const parts = [count(destinations.length, "destination", "destinations")];
  parts.push(queued > 0 ? `${count(queued, "image", "images")} on the way` : "nothing waiting");
  if (designed > 0) parts.push(`${count(designed, "waits", "wait")} by design`);
  if (destinations.length === 0) return { level: "warn", text: "No destinations yet: images are kept, none are sent on", more: [] };
  return { level: "ok", text: `All well: ${parts.join(", ")}`, more: [] };
}

const error_told_for_ms = 24 * 3600e3;

/** The last error is kept when it is over: then it says so, and is told for a day. */
function lastError(destination, clock, now) {
  if (!destination.last_error) return null;
  const at = destination.last_error_at ? ` ${clock.at(destination.last_error_at, now)}` : "";
  if (destination.failing_since || destination.held) {
    const again = destination.next_try_at && !destination.paused ? `; next try ${clock.at(destination.next_try_at, now)}` : "";
    return { kind: "error", text: `Last error${at}: ${destination.last_error}${again}` };
  }
  if (!destination.last_error_at || now - new Date(destination.last_error_at) > error_told_for_ms) return null;
  const over = destination.jobs.held > 0 ? "the other images go on" : "it has passed";
  return { kind: "", text: `Last error${at} (${over}): ${destination.last_error}` };
}

/** What a row says under its counts: [{kind: "" | "error" | "pause", text}]. */
export function rowWords(destination, clock, now) {
  const lines = [];
  if (destination.paused) {
    const { by, reason, at, until } = destination.paused;
    const end = until ? `, until ${clock.at(until, now)}` : ", until somebody resumes it";
    lines.push({ kind: "pause", text: `Paused${by ? ` by ${by}` : ""} ${at ? clock.at(at, now) : ""}${reason ? `: ${reason}` : ""}${end}` });
  }
  if (destination.held) lines.push({ kind: "error", text: `Stopped since ${clock.at(destination.held.at, now)}: ${destination.held.reason_text}` });
  const error = lastError(destination, clock, now);
  if (error) lines.push(error);
  if (destination.failover_to) lines.push({ kind: "", text: `${destination.failover_to} stands in for it since ${clock.at(destination.failover_since, now)}` });
  const parts = [];
  if (destination.oldest_queued_at && owed(destination.jobs) > 0) parts.push(`oldest waits ${span(now - new Date(destination.oldest_queued_at))}`);
  parts.push(destination.last_delivered_at ? `last delivered ${clock.at(destination.last_delivered_at, now)}` : "nothing delivered yet");
  if (destination.rate) parts.push(`${destination.rate} per second`);
  if (destination.eta) parts.push(`caught up at ${clock.at(destination.eta, now)}`);
  if (destination.warnings > 0) parts.push(`${count(destination.warnings, "warning", "warnings")}`);
  const text = parts.join(" · ");
  lines.push({ kind: "", text: text.charAt(0).toUpperCase() + text.slice(1) });
  for (const each of destination.by_reason.filter((one) => one.state === "queued"))
    lines.push({ kind: "", text: `${plain(each.jobs)} × ${each.reason_text}` });
  return lines;
}

// Formats: bytes, spans and instants as people of the chosen language write them, in the node's zone.
import { learn, locale, plain, say } from "/languages.js";

learn({
  en: { seconds: "{n} s", minutes: "{n} min", hours: "{n} h", hours_minutes: "{h} h {m} min", days: { one: "1 day", other: "{n} days" }, at_date: "{date}, {time}" },
  id: { seconds: "{n} dtk", minutes: "{n} mnt", hours: "{n} jam", hours_minutes: "{h} jam {m} mnt", days: "{n} hari", at_date: "{date}, {time}" },
});

export function bytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = n;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? plain(Math.round(value)) : plain(Number(value.toFixed(1)))} ${units[unit]}`;
}

/** "48 min", "3 h 20 min", "2 days": never finer than somebody needs. */
export function span(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return say("seconds", { n: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return say("minutes", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 && hours < 10 ? say("hours_minutes", { h: hours, m: minutes % 60 }) : say("hours", { n: hours });
  return say("days", { n: Math.floor(hours / 24) });
}

/** "20260115" as 2026-01-15; anything else as it is. */
export function dicomDate(text) {
  return /^\d{8}$/.test(text ?? "") ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : (text ?? "");
}

/** Times in the node's zone; the browser's own where the browser doesn't know that one. */
export class Clock {
  constructor(zone) {
    this.zone = zone;
    try {
      new Intl.DateTimeFormat("en-GB", { timeZone: zone });
    } catch {
      this.zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    }
    this.formats = new Map();
  }

  format(at, options, as = locale()) {
    const key = `${as} ${Object.entries(options)}`;
    if (!this.formats.has(key)) this.formats.set(key, new Intl.DateTimeFormat(as, { ...options, timeZone: this.zone }));
    return this.formats.get(key).format(new Date(at));
  }

  /** "2026-03-03": the node's day. */
  day(at) {
    return this.format(at, { year: "numeric", month: "2-digit", day: "2-digit" }, "en-CA");
  }

  /** "02:13", with a colon in every language. */
  time(at) {
    return this.format(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, "en-GB");
  }

  seconds(at) {
    return this.format(at, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }, "en-GB");
  }

  weekday(at) {
    return this.format(at, { weekday: "long" });
  }

  /** "02:13" today, "Tue 3 Mar, 02:13" within months, "3 Mar 2025, 02:13" before. */
  at(instant, now) {
    if (this.day(instant) === this.day(now)) return this.time(instant);
    const isNear = Math.abs(new Date(now) - new Date(instant)) < 180 * 86400e3;
    const date = this.format(instant, isNear ? { weekday: "short", day: "numeric", month: "short" } : { day: "numeric", month: "short", year: "numeric" });
    return say("at_date", { date, time: this.time(instant) });
  }

  /** To the second, with the date: for a timeline. */
  exact(instant) {
    return `${this.day(instant)} ${this.seconds(instant)}`;
  }
}

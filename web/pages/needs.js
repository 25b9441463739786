// Needs: what waits for a person, worst first, each with the button or link that deals with it. Pure but for the rows.
import "/verb_words.js";
import { withQuery } from "/api.js";
import { destinationButtons } from "/destination_buttons.js";
import { actButton, make } from "/dom.js";
import { bytes } from "/formats.js";
import { say } from "/languages.js";
import { reasonText } from "/reason_words.js";
import { at, canAct, refresh } from "/shell.js";
import { alarmWords, refusedText } from "/status_words.js";
import { attempt } from "/toast.js";

const list = (filter) => make("a", { className: "button", href: withQuery("/outbox.html", filter), textContent: say("look_at_them"), dataset: { act: "list" } });

function bulkButton(verb, filter, where) {
  return actButton(say(`verb_${verb}`), verb, `${say(`verb_${verb}`)}: ${where}`, (button) =>
    attempt(null, async () => {
      const { actOnFilter } = await import("/bulk.js");
      await actOnFilter(verb, filter, where, button);
      await refresh();
    }));
}

/** Jobs of one destination, state and reason. */
function group(destination, each, word, verb) {
  const reason = reasonText(each.reason, each.reason_text);
  const filter = { destination: destination.name, state: each.state, ...(each.reason && { reason: each.reason }) };
  const text = say(word, { n: each.jobs, name: destination.name, reason });
  return {
    key: `${word} ${destination.name} ${each.reason}`, level: each.state === "held" ? "bad" : "warn", text,
    hint: word === "need_uncertain" ? say("need_uncertain_hint") : "",
    does: () => [list(filter), canAct() && bulkButton(verb, filter, say("of_destination", { reason, name: destination.name }))],
  };
}

function ofDestination(destination, all) {
  const found = [];
  if (destination.state === "held")
    found.push({ key: `stopped ${destination.name}`, level: "bad", text: say("need_stopped", { name: destination.name, reason: reasonText(destination.held.reason, destination.held.reason_text) }), since: destination.held.at, hint: say("need_stopped_hint"),
      does: () => (canAct() ? destinationButtons(destination, all).filter((each) => ["resume", "diagnose"].includes(each.dataset.act)) : []) });
  for (const each of destination.by_reason) {
    if (each.jobs === 0) continue;
    if (each.state === "held") found.push(group(destination, each, "need_held", "release"));
    if (each.state === "uncertain") found.push(group(destination, each, "need_uncertain", "retry"));
    if (each.state === "queued" && each.reason === "no_accession")
      found.push({ key: `accession ${destination.name}`, level: "warn", text: say("need_accession", { n: each.jobs, name: destination.name }), hint: "",
        does: () => [make("a", { className: "button", href: withQuery("/national.html", { destination: destination.name }), textContent: say("need_accession_do"), dataset: { act: "list" } })] });
  }
  return found;
}

const mild = ["silent_sender", "forgotten_pause", "unrouted", "certificate_expires_within", "disk_full_within", "clock_skew"];

/** What the bridge raised itself and no other line says better. */
function ofAlarm(alarm, status, showUnrouted) {
  const destination = status.destinations.find((each) => each.name === alarm.subject);
  const isUnrouted = alarm.name === "unrouted";
  const said = isUnrouted ? { text: say("need_unrouted", { n: status.unrouted }), hint: say("need_unrouted_hint") } : alarmWords(alarm);
  return {
    key: `alarm ${alarm.name} ${alarm.subject ?? ""}`, alarm: alarm.name, level: mild.includes(alarm.name) ? "warn" : "bad", ...said, since: alarm.since,
    does: () => {
      if (isUnrouted) return [actButton(say("which_ones"), "which", "", showUnrouted)];
      if (!destination) return alarm.name === "uplink" ? [list({})] : [];
      return [list({ destination: destination.name }), ...(canAct() ? destinationButtons(destination, status.destinations).filter((each) => ["resume", "diagnose"].includes(each.dataset.act)) : [])];
    },
  };
}

// An alarm stays raised for a while after its cause is gone, lest it flutter; and what is held or refused is told above,
// to the job. Here only what is so at this moment counts.
const over = {
  held: () => true,
  refusing: () => true,
  unrouted: (_, status) => status.unrouted === 0,
  breaker_open: (destination) => !destination?.failing_since,
  forgotten_pause: (destination) => !destination?.paused,
  oldest_undelivered: (destination) => !destination?.oldest_queued_at,
  uplink: (_, status) => status.destinations.every((each) => !each.failing_since),
};

const isOver = (alarm, status) => over[alarm.name]?.(status.destinations.find((each) => each.name === alarm.subject), status) ?? false;

/** [{key, level, text, since, hint, does()}], worst first. */
export function needs(status, clock, now, showUnrouted) {
  const { accepting, spool } = status;
  const found = [];
  if (!accepting.ok)
    found.push({ key: "refused", level: "bad", text: say("need_refused", { text: refusedText(accepting, clock, now) }), hint: accepting.refused > 0 ? say("need_refused_hint", { n: accepting.refused }) : "", does: () => [] });
  if (spool.state === "warn")
    found.push({ key: "disk", level: "warn", text: say("need_disk"), hint: say("need_disk_hint", { free: bytes(spool.free_bytes), total: bytes(spool.total_bytes) }), does: () => [] });
  for (const each of status.destinations) found.push(...ofDestination(each, status.destinations));
  for (const each of status.alarms) if (!isOver(each, status)) found.push(ofAlarm(each, status, showUnrouted));
  const order = { bad: 0, warn: 1 };
  return found.sort((a, b) => order[a.level] - order[b.level]);
}

export function needRow(need) {
  const since = need.since ? ` ${say("since_at", { at: at(need.since) })}` : "";
  return make("li", { dataset: { level: need.level, ...(need.alarm && { alarm: need.alarm }) } },
    make("div", {}, make("p", {}, need.text, since && make("span", { className: "faint", textContent: since })), need.hint && make("p", { className: "faint", textContent: need.hint })),
    make("div", { className: "acts" }, ...need.does().filter(Boolean)));
}

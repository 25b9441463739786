// History told: what a row of the history says, in a sentence: what happened, by what it is known, and who did it.
import { bytes } from "/formats.js";
import { knows, say, sayCode } from "/languages.js";
import { reasonText } from "/reason_words.js";
import { at } from "/shell.js";

/** "rina", "the bridge itself", "somebody at 127.0.0.1": who an actor is. */
export function actorText(actor) {
  const [kind, name] = [(actor ?? "").split(":")[0], (actor ?? "").split(":").slice(1).join(":")];
  if (actor === "bridge") return say("actor_bridge");
  return name ? sayCode("actor_", kind, actor, { name }) : (actor ?? "");
}

const hex = (status) => status.toString(16).toUpperCase().padStart(4, "0");

/** A status as the destination's protocol has it: "0000 Success", "HTTP 200". */
function statusText(status, kind) {
  if (kind === "dicomweb" || kind === "satusehat") return say("http_status", { status: String(status) });
  const code = hex(status);
  return knows(`status_${code}`) ? `${code} ${say(`status_${code}`)}` : code;
}

/** By what it is known that it arrived. `kind`: of the destination, where that is known. */
export function evidenceText({ destination: name, detail }, kind) {
  if (!detail?.evidence) return "";
  if (detail.evidence === "response" && detail.status !== null) return say("by_response", { name, status: statusText(detail.status, kind) });
  if (detail.evidence === "response") return say(kind === "folder" ? "by_file" : "by_its_word", { name });
  if (detail.evidence === "query") return say(kind === "dicom" || !kind ? "by_c_find" : "by_query", { name });
  return sayCode("by_", detail.evidence, detail.evidence, { name });
}

function received(row) {
  const { detail } = row;
  const who = detail.sender || detail.calling_ae_title || "?";
  const values = { who, address: detail.address, size: bytes(detail.bytes), to: (detail.destinations ?? []).join(", "), n: detail.version };
  const word = detail.repeat ? (detail.restored ? "told_received_restored" : "told_received_again") : detail.version > 1 ? "told_received_version" : "told_received";
  const given = detail.repeat && values.to === "" ? "" : say(values.to ? "told_promised" : "told_unrouted", values);
  return `${say(word, values)} ${given}`.trim();
}

const spaced = (code) => String(code).replaceAll("_", " ");
const because = (row) => (row.detail.reason ? reasonText(row.detail.reason, spaced(row.detail.reason)) : say("no_reason"));

/** The events whose sentence needs more than the values of their detail. */
const special = {
  received,
  added: (row) => say(row.detail.to === "held" ? "told_added_held" : "told_added", { name: row.destination, reason: because(row) }),
  paused: (row) => [say("told_paused", { name: row.destination, reason: row.detail.reason }), row.detail.until_ms && say("told_until", { at: at(row.detail.until_ms) })].filter(Boolean).join(" "),
  recalled: (row) => say(row.detail.to === "held" ? "told_recalled_held" : "told_recalled", { name: row.destination, reason: because(row) }),
  echoed: (row) => say(row.detail.answered ? "told_echoed" : "told_echoed_not", { name: row.destination }),
  test_sent: (row) => say(row.detail.delivered ? "told_test_sent" : "told_test_not", { name: row.destination }),
  purged: (row) => say("told_purged", { size: bytes(row.detail.bytes ?? 0) }),
  accession_assigned: (row) => say(row.detail.before ? "told_accession_changed" : "told_accession_assigned", { ...row.detail, name: row.destination }),
  // Of alarms the name is their own, not a destination's.
  alarm_cleared: (row) => say("told_alarm_cleared", row.detail),
  message_told: (row) => say("told_message_told", row.detail),
  message_failing: (row) => say("told_message_failing", row.detail),
  refused: (row) => say("told_refused", { ...row.detail, n: row.detail.count ?? 1, who: row.detail.calling_ae_title || "?", why: sayCode("refused_", row.detail.reason, spaced(row.detail.reason)) }),
};

export const eventName = (event) => sayCode("event_", event, spaced(event));

/** What happened, as a sentence; "" where this page has no words for such an event. */
export function sentence(row, kind) {
  const detail = typeof row.detail === "object" && row.detail !== null ? row.detail : {};
  const whole = { ...row, detail };
  if (special[row.event] && row.detail) return special[row.event](whole);
  const n = Number(detail.added ?? detail.jobs ?? detail.instances ?? 0);
  const values = { ...detail, n, name: row.destination ?? "", actor: actorText(row.actor), reason: because(whole), evidence: evidenceText(whole, kind) };
  return knows(`told_${row.event}`) ? say(`told_${row.event}`, values).trim() : "";
}

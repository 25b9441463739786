// Overview: how it stands, top to bottom what is asked at three in the morning.
import { ask, now } from "/api.js";
import { destinationRow } from "/destination_row.js";
import { el, keepRows, make, setText } from "/dom.js";
import { bytes, span } from "/formats.js";
import { learnSpoken, plain, say } from "/languages.js";
import { needRow, needs } from "/needs.js";
import { senderPrint, senderRow } from "/sender_row.js";
import { at, may, open, session } from "/shell.js";
import { headline, owed, rowWords } from "/status_words.js";
import { attempt } from "/toast.js";

// The alarms' English words are the bridge's own.
await learnSpoken({ id: () => import("/alarm_words_id.js") });
await learnSpoken({ en: () => import("/overview_words_en.js"), id: () => import("/overview_words_id.js") });

const every_ms = 2000;
const changed_every_ms = 3600e3;
const senders_shown = 20;
const lines_shown = 6;
const unrouted_shown = 50;

let status = null;
let ask_changed_at = 0;
let changed = null; // the last row of the history about the configuration

function tile(id, level, big, small) {
  const shown = el(id);
  shown.dataset.level = level;
  setText(shown.querySelector(".big"), big);
  setText(shown.querySelector(".small"), small.filter(Boolean).join(" · "));
}

/** "full on Thursday", or when today, or the date. */
function fullText(full_at) {
  if (!full_at) return "";
  const { clock } = session;
  if (clock.day(full_at) === clock.day(now())) return say("full_at", { at: clock.time(full_at) });
  const isNear = new Date(full_at) - now() < 6 * 86400e3;
  return say("full_on", { day: isNear ? clock.weekday(full_at) : clock.format(full_at, { weekday: "short", day: "numeric", month: "long" }) });
}

function showDisk(spool) {
  const level = spool.state === "refusing" ? "bad" : spool.state === "warn" || spool.full_at ? "warn" : "ok";
  const { unfinished, unrouted, retained } = spool.by_reason;
  const kept = [unfinished > 0 && say("still_owed", { n: bytes(unfinished) }), retained > 0 && say("kept_a_while", { n: bytes(retained) }), unrouted > 0 && say("kept_unrouted", { n: bytes(unrouted) })].filter(Boolean);
  const grows = (spool.growing ?? []).filter((each) => each.bytes_per_day > 0).map((each) => say("grows", { reason: say(`reason_of_${each.reason}`), n: bytes(each.bytes_per_day) }));
  tile("tile-disk", level, say("free", { free: bytes(spool.free_bytes) }), [fullText(spool.full_at), ...(kept.length > 0 ? kept : [say("nothing_kept")]), ...grows]);
  const total = Math.max(spool.total_bytes, 1);
  const ours = Math.min(100, (100 * spool.bytes) / total);
  const others = Math.max(0, Math.min(100 - ours, (100 * (total - spool.free_bytes - spool.bytes)) / total));
  const bar = el("tile-disk").querySelector(".bar");
  bar.querySelector(".others").setAttribute("width", others);
  bar.querySelector(".ours").setAttribute("width", ours);
  bar.querySelector(".ours").setAttribute("x", others);
  bar.setAttribute("aria-label", say("disk_label", { ours: bytes(spool.bytes), free: bytes(spool.free_bytes), total: bytes(spool.total_bytes) }));
}

function showTiles() {
  const { accepting, received, spool, destinations } = status;
  tile("tile-accepting", accepting.ok ? "ok" : "bad", say(accepting.ok ? "accepted" : "refused"),
    [accepting.since && say("since", { at: at(accepting.since) }), accepting.ok ? say("associations_open", { n: accepting.associations }) : accepting.why, accepting.refused > 0 && say("refused_n", { n: accepting.refused })]);
  tile("tile-received", "ok", plain(received.instances), [received.last_at ? say("images_last", { at: at(received.last_at) }) : say("images_none")]);
  const n = destinations.reduce((sum, each) => sum + owed(each.jobs), 0);
  const waiting = destinations.reduce((sum, each) => sum + each.jobs.waiting, 0);
  const oldest = destinations.map((each) => each.oldest_queued_at).filter(Boolean).sort()[0];
  tile("tile-owed", "ok", plain(n), [n === 0 ? say("all_delivered") : oldest && say("oldest", { span: span(now() - new Date(oldest)) }), waiting > 0 && say("waiting_by_design", { n: waiting })]);
  showDisk(spool);
}

function showHeadline(said) {
  el("headline").dataset.level = said.level;
  setText(el("headline-text"), said.text);
  // Read out when something else is so, and not each second that it is older.
  const gist = said.text.replace(/\d+/g, "");
  if (el("spoken").dataset.gist !== gist) setText(el("spoken"), said.text);
  el("spoken").dataset.gist = gist;
  keepRows(el("headline-more"), said.more.slice(0, lines_shown).map((text) => ({ text })), (line) => line.text, (line) => make("li", { textContent: line.text }));
  document.title = `${{ ok: "✓", warn: "!", bad: "✗" }[said.level] ?? ""} ${session.node.name} · DICOM Bridge`;
}

function unroutedRow(each) {
  const description = [each.modality, each.study_description].filter(Boolean).join(", ") || say("image");
  const text = say("unrouted_from", { description, sender: each.sender ?? each.calling_ae_title ?? "?" });
  const href = each.study_instance_uid && `/study.html?${new URLSearchParams({ study: each.study_instance_uid })}`;
  return make("li", {}, make("span", { className: "faint nowrap", textContent: `${at(each.received_at)} ` }), href ? make("a", { href, textContent: text }) : text);
}

async function showUnrouted(button) {
  const got = await attempt(button, () => Promise.all([ask(`/api/v1/unrouted?limit=${unrouted_shown}`), import("/dialogs.js")]));
  if (!got) return;
  const [{ body: { items } }, dialogs] = got;
  dialogs.show(say("unrouted_title"), make("p", { textContent: say("unrouted_newest", { n: items.length }) }), make("ul", { className: "told-list" }, ...items.map(unroutedRow)));
}

function showNeeds() {
  const found = needs(status, session.clock, now(), showUnrouted);
  setText(el("needs-count"), found.length > 0 ? plain(found.length) : "");
  el("needs-empty").hidden = found.length > 0;
  const acts = may("operate");
  const states = status.destinations.map((each) => each.state);
  keepRows(el("needs"), found.map((each) => ({ ...each, print: [each.level, each.text, each.hint, at(each.since), acts, states] })), (each) => each.key, needRow);
}

function showDestinations() {
  el("destinations-empty").hidden = status.destinations.length > 0;
  const names = status.destinations.map((each) => each.name);
  const rows = status.destinations.map((destination) => {
    const words = rowWords(destination, session.clock, now());
    return { destination, words, all: status.destinations, print: [destination, words, may("operate"), names] };
  });
  keepRows(el("destinations"), rows, (row) => row.destination.name, destinationRow);
}

function showSenders() {
  el("senders").hidden = status.senders.length === 0;
  el("senders-empty").hidden = status.senders.length > 0;
  const rows = status.senders.slice(0, senders_shown).map((each) => senderPrint(each, at));
  keepRows(el("senders").tBodies[0], rows, ({ sender }) => `${sender.calling_ae_title} ${sender.address}`, senderRow);
}

function show() {
  if (!status) return;
  showHeadline(headline(status, session.clock, now()));
  showTiles();
  showNeeds();
  showDestinations();
  showSenders();
  el("changed").hidden = !changed;
  if (changed) setText(el("changed").querySelector("span"), say("changed", { at: at(changed.at), actor: changed.actor ?? "?" }));
  setText(el("footer-more"), status.started_at ? say("running_since", { at: at(status.started_at) }) : say("not_running"));
}

/** Seldom: whoever looks into the history is in the history. */
async function askChanged() {
  if (!may("inspect") || performance.now() < ask_changed_at) return;
  ask_changed_at = performance.now() + changed_every_ms;
  changed = (await ask("/api/v1/history?event=configuration&limit=1")).body.items[0] ?? null;
}

async function refresh() {
  status = (await ask("/api/v1/status")).body;
  await askChanged();
}

open({ name: "overview", needs: "watch", every_ms, ticks: true, refresh, show });

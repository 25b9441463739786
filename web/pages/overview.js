// Overview: asks for the status every two seconds and shows it. Whatever comes from outside becomes text, never markup.
import { Clock, bytes, count, headline, owed, plain, rowWords, span } from "/words.js";

const every_ms = 2000;
const answer_within_ms = 8000;
const stuck_shown = 10;

const el = (id) => document.getElementById(id);
let node = null;
let clock = new Clock("UTC");
let offset_ms = 0; // the bridge's clock against this one's: ages must not depend on the browser's
let status = null;
let statusTag = "";
let stuckTag = { held: "", uncertain: "" };
let stuckItems = { held: [], uncertain: [] };
let lastAnswer = null;

const now = () => new Date(Date.now() + offset_ms);

function make(name, properties = {}, ...children) {
  const made = document.createElement(name);
  const { dataset, ...rest } = properties;
  Object.assign(made, rest);
  Object.assign(made.dataset, dataset ?? {});
  made.append(...children);
  return made;
}

/** Leaves the page alone where nothing changed, so that focus, selection and screen readers stay where they are. */
function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** Replaces the rows of a list whose content changed, by key, and keeps focus inside a replaced row. */
function keepRows(list, items, keyOf, render) {
  const present = new Map([...list.children].map((row) => [row.dataset.key, row]));
  items.forEach((item, at) => {
    const key = String(keyOf(item));
    const print = JSON.stringify(item.print ?? item);
    let row = present.get(key);
    present.delete(key);
    if (!row || row.dataset.print !== print) {
      const focused = row && row.contains(document.activeElement) ? document.activeElement.dataset.act : null;
      const fresh = render(item);
      fresh.dataset.key = key;
      fresh.dataset.print = print;
      if (row) row.replaceWith(fresh);
      row = fresh;
      if (focused) row.querySelector(`[data-act="${CSS.escape(focused)}"]`)?.focus();
    }
    if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null);
  });
  for (const row of present.values()) row.remove();
}

async function ask(path, tag = "") {
  const answer = await fetch(path, {
    headers: tag ? { "If-None-Match": tag } : {},
    cache: "no-store",
    signal: AbortSignal.timeout(answer_within_ms),
  });
  const date = Date.parse(answer.headers.get("Date") ?? "");
  // The header has whole seconds: only a real difference counts.
  if (!Number.isNaN(date) && Math.abs(date + 500 - Date.now() - offset_ms) > 2000) offset_ms = date + 500 - Date.now();
  if (answer.status === 304) return { same: true, tag };
  if (!answer.ok) throw new Error(`${answer.status} ${(await problemOf(answer)) || answer.statusText}`);
  return { same: false, tag: answer.headers.get("ETag") ?? "", body: await answer.json() };
}

async function problemOf(answer) {
  try {
    return (await answer.json()).detail ?? "";
  } catch {
    return "";
  }
}

async function act(path, body, button) {
  if (button) button.disabled = true;
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(120000),
    });
    if (!answer.ok) {
      say((await problemOf(answer)) || `The bridge answered ${answer.status}`);
      return null;
    }
    return await answer.json();
  } catch {
    say("The bridge did not answer: look below whether it was done");
    return null;
  } finally {
    if (button) button.disabled = false;
    refresh();
  }
}

let toastTimer = 0;
function say(text) {
  const toast = el("toast");
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (toast.hidden = true), 8000);
}

/** Asks a person before something is done; null when they leave it. */
function confirmed({ title, text, label, yes, withEnd }) {
  el("ask-title").textContent = title;
  el("ask-text").textContent = text;
  el("ask-label").textContent = label;
  el("ask-yes").textContent = yes;
  el("ask-input").value = "";
  el("ask-input").required = Boolean(withEnd);
  el("ask-for-row").hidden = !withEnd;
  el("ask-for").value = "";
  const dialog = el("ask");
  dialog.returnValue = "no";
  dialog.showModal();
  el("ask-input").focus();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => resolve(dialog.returnValue === "yes" ? { text: el("ask-input").value.trim(), end: el("ask-for").value } : null),
      { once: true },
    );
  });
}

function actButton(word, name, label, run) {
  const button = make("button", { type: "button", textContent: word, dataset: { act: name } });
  button.setAttribute("aria-label", label);
  button.addEventListener("click", () => run(button));
  return button;
}

async function pause(destination, button) {
  const said = await confirmed({
    title: `Pause ${destination.name}?`,
    text: "Images keep coming in and are kept; nothing is sent there until it is resumed.",
    label: "Why (others will read this)",
    yes: "Pause",
    withEnd: true,
  });
  if (!said) return;
  const body = { reason: said.text };
  if (said.end) body.for = said.end;
  if (await act(`/api/v1/destinations/${encodeURIComponent(destination.name)}/pause`, body, button)) say(`${destination.name} is paused`);
}

async function resume(destination, button) {
  if (await act(`/api/v1/destinations/${encodeURIComponent(destination.name)}/resume`, {}, button)) say(`${destination.name} goes on now`);
}

async function echo(destination, button) {
  const got = await act(`/api/v1/destinations/${encodeURIComponent(destination.name)}/echo`, {}, button);
  if (got) say(`${destination.name} ${got.ok ? `answers (${got.milliseconds} ms)` : "does not answer"}: ${got.text}`);
}

function destinationButtons(destination) {
  if (!node?.can_act || !destination.is_configured) return [];
  const isPaused = destination.state === "paused";
  const buttons = [];
  if (destination.state !== "ok") buttons.push(actButton(isPaused ? "Resume" : "Try now", "resume", `${isPaused ? "Resume" : "Try now"} ${destination.name}`, (button) => resume(destination, button)));
  if (!isPaused) buttons.push(actButton("Pause", "pause", `Pause ${destination.name}`, (button) => pause(destination, button)));
  buttons.push(actButton("Echo", "echo", `Ask ${destination.name} whether it answers`, (button) => echo(destination, button)));
  return buttons;
}

function countCell(label, n, isAlert = false) {
  return make("div", { className: n === 0 ? "zero" : isAlert ? "alert" : "" }, make("dt", { textContent: label }), make("dd", { textContent: plain(n) }));
}

function destinationRow({ destination, words }) {
  const { jobs } = destination;
  const who = make(
    "div",
    { className: "who" },
    make("span", { className: "name", textContent: destination.name }),
    make("span", { className: "state", textContent: destination.is_configured ? destination.state : "removed", dataset: { state: destination.state } }),
    make("span", { className: "kind", textContent: destination.kind }),
  );
  const counts = make(
    "dl",
    { className: "counts" },
    countCell("queued", jobs.queued - jobs.waiting),
    countCell("waiting", jobs.waiting),
    countCell("sending", jobs.sending),
    countCell("uncertain", jobs.uncertain),
    countCell("held", jobs.held, true),
    countCell("delivered", jobs.delivered),
    ...(jobs.cancelled > 0 ? [countCell("cancelled", jobs.cancelled)] : []),
  );
  const lines = words.map((line) => make("p", { className: line.kind, textContent: line.text }));
  return make("li", { className: "destination" }, who, counts, make("div", { className: "words" }, ...lines), make("div", { className: "acts" }, ...destinationButtons(destination)));
}

const verbsOf = { held: ["release", "cancel"], uncertain: ["retry", "hold", "cancel"] };
const verbWords = { release: "Release", retry: "Retry", cancel: "Cancel", hold: "Hold" };

async function actOnJob(job, verb, button) {
  let note = "";
  if (verb === "cancel") {
    const said = await confirmed({
      title: `Cancel job ${job.id}?`,
      text: `This image will not be sent to ${job.destination}. It stays here, and the job can be resent later.`,
      label: "Why (goes into the history)",
      yes: "Cancel the job",
    });
    if (!said) return;
    note = said.text;
  }
  const changed = await act(`/api/v1/jobs/${job.id}/${verb}`, note ? { note } : {}, button);
  if (changed) say(`Job ${job.id} is ${changed.state}`);
}

function cell(label, className, ...children) {
  return make("td", { className, dataset: { label } }, ...children);
}

function studyPage(instance) {
  const series = instance.series_instance_uid ? { series: instance.series_instance_uid, instance: instance.sop_instance_uid } : {};
  return `/study.html?${new URLSearchParams({ study: instance.study_instance_uid, ...series })}`;
}

function stuckRow({ job, since }) {
  const { instance } = job;
  const image = [instance.modality, instance.study_description].filter(Boolean).join(", ") || "image";
  const faint = [instance.patient_id && `patient ${instance.patient_id}`, instance.accession_number && `accession ${instance.accession_number}`].filter(Boolean).join(" · ");
  const buttons = node?.can_act ? verbsOf[job.state].map((verb) => actButton(verbWords[verb], verb, `${verbWords[verb]} job ${job.id}`, (button) => actOnJob(job, verb, button))) : [];
  return make(
    "tr",
    {},
    cell("Since", "nowrap", since),
    cell("", "", instance.study_instance_uid ? make("a", { href: studyPage(instance), textContent: image }) : image, make("span", { className: "faint", textContent: faint || instance.sop_instance_uid })),
    cell("To", "", job.destination),
    cell("", "why", job.reason_text ?? job.state, make("span", { className: "faint", textContent: `${job.state} · ${count(job.attempt_count, "try", "tries")} · job ${job.id}` })),
    cell("", "", make("div", { className: "acts" }, ...buttons)),
  );
}

function showStuck() {
  const items = [...stuckItems.held, ...stuckItems.uncertain];
  const total = (status?.destinations ?? []).reduce((sum, each) => sum + each.jobs.held + each.jobs.uncertain, 0);
  setText(el("stuck-count"), total > 0 ? plain(total) : "");
  el("stuck").hidden = items.length === 0;
  el("stuck-empty").hidden = total > 0;
  const at = now();
  const rows = items.map((job) => ({ job, since: clock.at(job.changed_at, at), print: [job, clock.at(job.changed_at, at), node?.can_act] }));
  keepRows(el("stuck").tBodies[0], rows, (row) => row.job.id, stuckRow);
}

const opened = new Set(); // senders whose lines somebody looks at

/** TOML takes JSON's strings; the configuration would take the environment's word for what is in ${}. */
const toml = (text) => JSON.stringify(text).replaceAll("${", () => "$${");

/** What to put into the configuration, so that a sender has a name: one that no other machine of its title has. */
function snippet(sender) {
  return `[[sender]]\nname = ${toml(`${sender.calling_ae_title.toLowerCase()} ${sender.address}`)}\nae_title = ${toml(sender.calling_ae_title)}\naddress = ${toml(sender.address)}`;
}

function senderName(sender) {
  if (!sender.is_new) return make("span", { className: "faint", textContent: sender.name });
  const key = `${sender.calling_ae_title} ${sender.address}`;
  const details = make("details", { className: "new", open: opened.has(key) }, make("summary", { textContent: "new: name it?" }), make("p", { textContent: "Into the configuration, then dicom-bridge reload:" }), make("pre", { textContent: snippet(sender) }));
  details.addEventListener("toggle", () => (details.open ? opened.add(key) : opened.delete(key)));
  return details;
}

function senderRow({ sender, last, seen, refused }) {
  return make(
    "tr",
    {},
    cell("", "", sender.calling_ae_title, senderName(sender)),
    cell("Address", "", sender.address),
    cell("Last seen", "nowrap", seen, make("span", { className: "faint", textContent: refused })),
    cell("Last image", "nowrap", last),
    cell("Images", "number", plain(sender.receipts)),
  );
}

function alarmRow({ alarm, since }) {
  const advice = alarm.hint ? `${alarm.hint[0].toUpperCase()}${alarm.hint.slice(1)}.` : "";
  const list = alarm.name === "unrouted" ? [make("a", { href: "/api/v1/unrouted", textContent: "Which ones" })] : [];
  return make("li", { dataset: { alarm: alarm.name, subject: alarm.subject } }, make("p", { textContent: `${alarm.text}${since ? `, since ${since}` : ""}.` }), make("p", { className: "faint" }, advice, advice ? " " : "", ...list));
}

function tile(id, level, big, small) {
  const shown = el(id);
  shown.dataset.level = level;
  setText(shown.querySelector(".big"), big);
  setText(shown.querySelector(".small"), small);
}

function showDisk(spool) {
  const level = spool.state === "refusing" ? "bad" : spool.state === "warn" ? "warn" : "ok";
  const { unfinished, unrouted, retained } = spool.by_reason;
  const kept = [unfinished > 0 && `${bytes(unfinished)} still owed`, retained > 0 && `${bytes(retained)} delivered, kept a while`, unrouted > 0 && `${bytes(unrouted)} unrouted`].filter(Boolean);
  tile("tile-disk", level, `${bytes(spool.free_bytes)} free`, kept.length > 0 ? kept.join(" · ") : "no images kept");
  const total = Math.max(spool.total_bytes, 1);
  const ours = Math.min(100, (100 * spool.bytes) / total);
  const others = Math.max(0, Math.min(100 - ours, (100 * (total - spool.free_bytes - spool.bytes)) / total));
  const bar = el("tile-disk").querySelector(".bar");
  bar.querySelector("i").style.width = `${others}%`;
  bar.querySelector("b").style.width = `${ours}%`;
  bar.setAttribute("aria-label", `${bytes(spool.bytes)} of images, ${bytes(spool.free_bytes)} of ${bytes(spool.total_bytes)} free`);
}

function showTiles(at) {
  const { accepting, received, spool, unrouted } = status;
  const since = accepting.since ? `since ${clock.at(accepting.since, at)}` : "";
  const open = count(accepting.associations, "association open", "associations open");
  tile("tile-accepting", accepting.ok ? "ok" : "bad", accepting.ok ? "Accepted" : "Refused", [since, accepting.ok ? open : accepting.why, accepting.refused > 0 && `${plain(accepting.refused)} refused`].filter(Boolean).join(" · "));
  tile("tile-received", "ok", plain(received.instances), received.last_at ? `images; the last ${clock.at(received.last_at, at)}` : "images; none yet");
  tile("tile-unrouted", unrouted > 0 ? "warn" : "ok", plain(unrouted), unrouted > 0 ? "images that no route matches; they are kept" : "every image has a route");
  showDisk(spool);
}

function show() {
  const at = now();
  setText(el("clock"), clock.seconds.format(at));
  if (!status) return;
  const said = headline(status, clock, at);
  const isLost = lastAnswer !== null && Date.now() - lastAnswer > 3 * every_ms;
  showHeadline(isLost ? lost(said) : said, isLost);
  showTiles(at);
  el("destinations-empty").hidden = status.destinations.length > 0;
  const rows = status.destinations.map((destination) => {
    const words = rowWords(destination, clock, at);
    return { destination, words, print: [destination, words, node?.can_act] };
  });
  keepRows(el("destinations"), rows, (row) => row.destination.name, destinationRow);
  showStuck();
  el("alarms-panel").hidden = status.alarms.length === 0;
  keepRows(el("alarms"), status.alarms.map((alarm) => ({ alarm, since: alarm.since ? clock.at(alarm.since, at) : "" })), (row) => `${row.alarm.name} ${row.alarm.subject}`, alarmRow);
  el("senders").hidden = status.senders.length === 0;
  el("senders-empty").hidden = status.senders.length > 0;
  // Times, not ages: a row that only grows older is left alone, with what a person opened or selected in it.
  const when = (instant) => (instant ? clock.at(instant, at) : "none");
  const senders = status.senders.slice(0, 20).map((sender) => {
    const refused = sender.refused > 0 ? `${count(sender.refused, "association", "associations")} refused, the last by ${sender.refused_reason}` : "";
    const shown = { sender, refused, seen: when(sender.last_seen_at), last: when(sender.last_received_at) };
    return { ...shown, print: [sender.is_new, sender.name, refused, shown.seen, shown.last, sender.receipts] };
  });
  keepRows(el("senders").tBodies[0], senders, (row) => `${row.sender.calling_ae_title} ${row.sender.address}`, senderRow);
  setText(el("footer-started"), status.started_at ? `Running since ${clock.at(status.started_at, at)}` : "Not running");
}

function lost(said) {
  return {
    level: "bad",
    text: `The bridge stopped answering ${span(Date.now() - lastAnswer)} ago`,
    more: [`What is below is from ${clock.at(new Date(lastAnswer + offset_ms), now())} and may not be true any more.`, `Then it said: ${said.text}`],
  };
}

function showHeadline(said, isLost) {
  const target = el("headline");
  target.dataset.level = said.level;
  setText(el("headline-text"), said.text);
  keepRows(el("headline-more"), said.more.slice(0, 6).map((text) => ({ text })), (line) => line.text, (line) => make("li", { textContent: line.text }));
  el("main").classList.toggle("stale", isLost);
  el("live").dataset.live = isLost ? "no" : "yes";
  setText(el("live"), isLost ? "not answering" : "live");
  document.title = `${{ ok: "✓", warn: "!", bad: "✗" }[said.level] ?? ""} ${status.node} · DICOM Bridge`;
}

function showUnreachable(why) {
  if (status) return show();
  el("headline").dataset.level = "bad";
  setText(el("headline-text"), why);
  el("live").dataset.live = "no";
  setText(el("live"), "not answering");
}

async function askNode() {
  node = (await ask("/api/v1/node")).body;
  clock = new Clock(node.timezone);
  setText(el("node-name"), node.name);
  setText(el("node-version"), node.version);
  setText(el("footer-zone"), `Times are of ${clock.zone}`);
  el("open-banner").hidden = node.access !== "open";
}

async function askStuck(state) {
  const some = status.destinations.some((each) => each.jobs[state] > 0);
  if (!some) {
    stuckItems[state] = [];
    stuckTag[state] = "";
    return;
  }
  const got = await ask(`/api/v1/jobs?state=${state}&limit=${stuck_shown}`, stuckTag[state]);
  if (got.same) return;
  stuckTag[state] = got.tag;
  stuckItems[state] = got.body.items;
}

let isAsking = false;
async function refresh() {
  if (isAsking) return;
  isAsking = true;
  try {
    if (!node) await askNode();
    const got = await ask("/api/v1/status", statusTag);
    if (!got.same) {
      // A new start may be a new version, with another configuration.
      if (status && status.started_at !== got.body.started_at) await askNode();
      status = got.body;
      statusTag = got.tag;
    }
    lastAnswer = Date.now();
    await askStuck("held");
    await askStuck("uncertain");
    show();
  } catch (error) {
    showUnreachable(error instanceof TypeError || error.name === "TimeoutError" ? "The bridge does not answer" : `The bridge answers with an error: ${error.message}`);
  } finally {
    isAsking = false;
  }
}

async function run() {
  await refresh();
  setTimeout(run, document.hidden ? 5 * every_ms : every_ms);
}

document.addEventListener("visibilitychange", () => document.hidden || refresh());
setInterval(() => (status ? show() : null), 1000);
run();

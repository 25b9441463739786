// Needs: what waits for a person, worst first, each with the button or link that deals with it. Pure but for the rows.
import "/verb_words.js";
import { withQuery } from "/api.js";
import { destinationButtons } from "/destination_buttons.js";
import { actButton, make } from "/dom.js";
import { bytes } from "/formats.js";
import { learn, say } from "/languages.js";
import { reasonText } from "/reason_words.js";
import { at, canAct, refresh } from "/shell.js";
import { alarmText, refusedText } from "/status_words.js";
import { attempt } from "/toast.js";

learn({
  en: {
    look_at_them: "Look at them",
    which_ones: "Which ones",
    since_at: "since {at}",
    need_refused: "{text}.",
    need_refused_hint: { one: "1 association or image was turned away so far; scanners keep what was not taken and send it again.", other: "{n} associations and images were turned away so far; scanners keep what was not taken and send it again." },
    need_disk_hint: "{free} of {total} free. What is delivered is kept for a while: [retention] keep_for says how long.",
    need_disk: "The disk is filling up.",
    need_held: { one: "1 image for {name} is held: {reason}.", other: "{n} images for {name} are held: {reason}." },
    need_uncertain: { one: "1 image for {name} is uncertain: {reason}.", other: "{n} images for {name} are uncertain: {reason}." },
    need_uncertain_hint: "The destination is asked by itself; it needs nobody unless it stays so.",
    need_accession: { one: "1 image for {name} waits for an accession number.", other: "{n} images for {name} wait for an accession number." },
    need_accession_do: "Assign numbers",
    need_stopped: "{name} is stopped: {reason}.",
    need_stopped_hint: "Its images stay queued; each 30 min one probe sees whether it is mended.",
    need_unrouted: { one: "1 image matches no route: it is kept, and sent nowhere.", other: "{n} images match no route: they are kept, and sent nowhere." },
    need_unrouted_hint: "Name a destination for them in a route, reload, and backfill that destination; or send a study by hand.",
    of_destination: "{reason}, for {name}",
  },
  id: {
    look_at_them: "Lihat daftarnya",
    which_ones: "Yang mana",
    since_at: "sejak {at}",
    need_refused: "{text}.",
    need_refused_hint: "{n} sambungan dan gambar ditolak sejauh ini; alat menyimpan yang belum diterima dan mengirimnya lagi.",
    need_disk_hint: "{free} dari {total} tersisa. Yang sudah terkirim disimpan sementara: [retention] keep_for menentukan lamanya.",
    need_disk: "Disk hampir penuh.",
    need_held: "{n} gambar untuk {name} tertahan: {reason}.",
    need_uncertain: "{n} gambar untuk {name} belum pasti: {reason}.",
    need_uncertain_hint: "Tujuan ditanya secara otomatis; tidak perlu ditangani kecuali tetap begitu.",
    need_accession: "{n} gambar untuk {name} menunggu nomor aksesi.",
    need_accession_do: "Berikan nomor",
    need_stopped: "{name} berhenti: {reason}.",
    need_stopped_hint: "Gambarnya tetap antre; setiap 30 menit dicoba sekali apakah sudah beres.",
    need_unrouted: "{n} gambar tidak cocok dengan rute mana pun: disimpan, dan tidak dikirim ke mana pun.",
    need_unrouted_hint: "Sebutkan tujuan untuknya dalam sebuah rute, muat ulang, lalu isi susulan tujuan itu; atau kirim studi secara manual.",
    of_destination: "{reason}, untuk {name}",
  },
});

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

/** What the bridge raised itself and no other line says better. */
function ofAlarm(alarm, status, showUnrouted) {
  const destination = status.destinations.find((each) => each.name === alarm.subject);
  const isUnrouted = alarm.name === "unrouted";
  return {
    key: `alarm ${alarm.name} ${alarm.subject ?? ""}`, alarm: alarm.name, level: ["silent_sender", "forgotten_pause", "unrouted", "certificate_expires_within"].includes(alarm.name) ? "warn" : "bad",
    text: isUnrouted ? say("need_unrouted", { n: alarm.count }) : alarmText(alarm), since: alarm.since,
    hint: isUnrouted ? say("need_unrouted_hint") : (alarm.hint ?? ""),
    does: () => {
      if (isUnrouted) return [actButton(say("which_ones"), "which", "", showUnrouted)];
      if (!destination) return alarm.name === "uplink" ? [list({})] : [];
      return [list({ destination: destination.name }), ...(canAct() ? destinationButtons(destination, status.destinations).filter((each) => ["resume", "diagnose"].includes(each.dataset.act)) : [])];
    },
  };
}

const said_better = { held: (status, alarm) => status.destinations.some((each) => (!alarm.subject || each.name === alarm.subject) && (each.jobs.held > 0 || each.state === "held")), refusing: (status) => !status.accepting.ok };

/** [{key, level, text, since, hint, does()}], worst first. */
export function needs(status, clock, now, showUnrouted) {
  const { accepting, spool } = status;
  const found = [];
  if (!accepting.ok)
    found.push({ key: "refused", level: "bad", text: say("need_refused", { text: refusedText(accepting, clock, now) }), hint: accepting.refused > 0 ? say("need_refused_hint", { n: accepting.refused }) : "", does: () => [] });
  if (spool.state === "warn")
    found.push({ key: "disk", level: "warn", text: say("need_disk"), hint: say("need_disk_hint", { free: bytes(spool.free_bytes), total: bytes(spool.total_bytes) }), does: () => [] });
  for (const each of status.destinations) found.push(...ofDestination(each, status.destinations));
  for (const each of status.alarms) if (!said_better[each.name]?.(status, each)) found.push(ofAlarm(each, status, showUnrouted));
  const order = { bad: 0, warn: 1 };
  return found.sort((a, b) => order[a.level] - order[b.level]);
}

export function needRow(need) {
  const since = need.since ? ` ${say("since_at", { at: at(need.since) })}` : "";
  return make("li", { dataset: { level: need.level, ...(need.alarm && { alarm: need.alarm }) } },
    make("div", {}, make("p", {}, need.text, since && make("span", { className: "faint", textContent: since })), need.hint && make("p", { className: "faint", textContent: need.hint })),
    make("div", { className: "acts" }, ...need.does().filter(Boolean)));
}

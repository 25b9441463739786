// Destination acts: what an operator does with a destination. Loaded when the first button is pressed.
import { act, actWatched } from "/api.js";
import { confirmed, show, withProgress } from "/dialogs.js";
import { make } from "/dom.js";
import { learn, say } from "/languages.js";
import { refresh } from "/shell.js";
import { attempt, toast } from "/toast.js";

learn({
  en: {
    pause_title: "Pause {name}?",
    pause_text: "Images keep coming in and are kept; nothing is sent there until it is resumed.",
    pause_why: "Why (others will read this)",
    pause_end: "Resume by itself",
    end_never: "no, somebody must",
    end_1h: "after 1 hour",
    end_4h: "after 4 hours",
    end_12h: "after 12 hours",
    end_1d: "after a day",
    paused_now: "{name} is paused.",
    goes_on: "{name} goes on now.",
    answers: "{name} answers ({ms} ms): {text}",
    answers_not: "{name} does not answer ({ms} ms): {text}",
    diagnosis_of: "{name}, step by step",
    diagnosing: "Looking at {name}: name, TCP, TLS, echo …",
    diagnosis_ok: "Nothing is wrong with it.",
    diagnosis_bad: "The first step that failed says where it hangs.",
    result_ok: "ok",
    result_failed: "failed",
    result_hint: "hint",
    move_title: "Move what {name} was not given yet",
    move_to: "To",
    move_uncertain: "also what is uncertain (it may then be at both)",
    move_nobody: "There is no other destination that could take over.",
    move_confirm: { one: "Move 1 job from {name} to {to}?", other: "Move {n} jobs from {name} to {to}?" },
    move_counts: "Queued {queued}, held {held}, uncertain {uncertain}. {sending} on their way finish at {name}.",
    move_yes: { one: "Move 1 job", other: "Move {n} jobs" },
    move_done: { one: "1 job moved to {to}.", other: "{n} jobs moved to {to}." },
    nothing_to_move: "Nothing there can be moved.",
    backfill_title: "Backfill {name}",
    backfill_text: "Finds what is here and was never promised to {name}, and promises it, with low priority.",
    backfill_since: "Received since (a date, or a duration back: 7d)",
    backfill_all: "everything, not only what the present routes send there",
    backfill_counting: "Counting …",
    backfill_confirm: { one: "Send 1 image to {name}?", other: "Send {n} images to {name}?" },
    backfill_counts: "Looked at {seen}: {not_routed} the routes do not send there, {came_from_there} came from there, {older_version} are older versions, {unreadable} cannot be read.",
    backfill_yes: { one: "Send 1 image", other: "Send {n} images" },
    backfill_done: { one: "1 image added for {name}.", other: "{n} images added for {name}." },
    backfill_nothing: "{name} lacks nothing of that: {seen} looked at.",
  },
  id: {
    pause_title: "Jeda {name}?",
    pause_text: "Gambar tetap diterima dan disimpan; tidak ada yang dikirim ke sana sampai dilanjutkan.",
    pause_why: "Alasan (akan dibaca orang lain)",
    pause_end: "Lanjut otomatis",
    end_never: "tidak, harus oleh seseorang",
    end_1h: "setelah 1 jam",
    end_4h: "setelah 4 jam",
    end_12h: "setelah 12 jam",
    end_1d: "setelah sehari",
    paused_now: "{name} dijeda.",
    goes_on: "{name} berjalan lagi.",
    answers: "{name} menjawab ({ms} ms): {text}",
    answers_not: "{name} tidak menjawab ({ms} ms): {text}",
    diagnosis_of: "{name}, langkah demi langkah",
    diagnosing: "Memeriksa {name}: nama, TCP, TLS, echo …",
    diagnosis_ok: "Tidak ada yang salah.",
    diagnosis_bad: "Langkah pertama yang gagal menunjukkan letak masalahnya.",
    result_ok: "baik",
    result_failed: "gagal",
    result_hint: "petunjuk",
    move_title: "Pindahkan yang belum diterima {name}",
    move_to: "Ke",
    move_uncertain: "juga yang belum pasti (mungkin lalu ada di keduanya)",
    move_nobody: "Tidak ada tujuan lain yang dapat mengambil alih.",
    move_confirm: "Pindahkan {n} tugas dari {name} ke {to}?",
    move_counts: "Antre {queued}, tertahan {held}, belum pasti {uncertain}. {sending} yang sedang dikirim selesai di {name}.",
    move_yes: "Pindahkan {n} tugas",
    move_done: "{n} tugas dipindahkan ke {to}.",
    nothing_to_move: "Tidak ada yang dapat dipindahkan.",
    backfill_title: "Isi susulan {name}",
    backfill_text: "Mencari yang ada di sini tetapi belum pernah dijanjikan kepada {name}, lalu menjanjikannya dengan prioritas rendah.",
    backfill_since: "Diterima sejak (tanggal, atau lamanya: 7d)",
    backfill_all: "semuanya, bukan hanya yang dikirim oleh rute sekarang",
    backfill_counting: "Menghitung …",
    backfill_confirm: "Kirim {n} gambar ke {name}?",
    backfill_counts: "Diperiksa {seen}: {not_routed} tidak dirutekan ke sana, {came_from_there} berasal dari sana, {older_version} versi lama, {unreadable} tidak terbaca.",
    backfill_yes: "Kirim {n} gambar",
    backfill_done: "{n} gambar ditambahkan untuk {name}.",
    backfill_nothing: "Tidak ada yang kurang di {name}: {seen} diperiksa.",
  },
});

const pathOf = (name, verb) => `/api/v1/destinations/${encodeURIComponent(name)}/${verb}`;

/** Does it, tells it, and has the page look anew. */
async function done(button, work, words) {
  const answer = await attempt(button, work);
  if (answer !== null) toast(words(answer));
  await refresh();
}

export async function pause(name, destinations, button) {
  const said = await confirmed({
    title: say("pause_title", { name }),
    text: say("pause_text"),
    fields: [
      { name: "reason", label: say("pause_why"), required: true },
      { name: "end", label: say("pause_end"), value: "", options: [["", say("end_never")], ...["1h", "4h", "12h", "1d"].map((each) => [each, say(`end_${each}`)])] },
    ],
    yes: say("pause"),
  });
  if (!said) return;
  const body = { reason: said.reason, ...(said.end && { for: said.end }) };
  await done(button, () => act(pathOf(name, "pause"), body), () => say("paused_now", { name }));
}

export function resume(name, destinations, button) {
  return done(button, () => act(pathOf(name, "resume")), () => say("goes_on", { name }));
}

export function echo(name, destinations, button) {
  return done(button, () => act(pathOf(name, "echo")), (got) => say(got.ok ? "answers" : "answers_not", { name, ms: got.milliseconds, text: got.text }));
}

const level = { ok: "ok", failed: "bad", hint: "warn" };

function stepRow(each) {
  return make("li", {}, make("span", { className: "state", textContent: say(`result_${each.result}`), dataset: { level: level[each.result] } }),
    make("div", {}, make("strong", { textContent: each.step }), make("p", { textContent: each.text }), each.hint && make("p", { className: "faint", textContent: each.hint })));
}

export async function diagnose(name, destinations, button) {
  const found = await attempt(button, () => withProgress(say("diagnosing", { name }), () => act("/api/v1/doctor", { destination: name })));
  if (!found) return;
  show(say("diagnosis_of", { name }), make("p", { textContent: say(found.ok ? "diagnosis_ok" : "diagnosis_bad") }), make("ol", { className: "steps-told" }, ...found.steps.map(stepRow)));
}

export async function move(name, destinations, button) {
  const others = destinations.filter((each) => each.is_configured && each.name !== name);
  if (others.length === 0) return toast(say("move_nobody"));
  const said = await confirmed({
    title: say("move_title", { name }),
    fields: [
      { name: "to", label: say("move_to"), options: others.map((each) => [each.name, each.name]) },
      { name: "uncertain", type: "checkbox", label: say("move_uncertain") },
    ],
    yes: say("move"),
  });
  if (!said) return undefined;
  const body = { to: said.to, uncertain: said.uncertain };
  const there = await attempt(button, () => act(pathOf(name, "move"), { ...body, dry_run: true }));
  if (!there) return undefined;
  const n = there.queued + there.held + (said.uncertain ? there.uncertain : 0);
  if (n === 0) return toast(say("nothing_to_move"));
  const sure = await confirmed({ title: say("move_confirm", { n, name, to: said.to }), text: say("move_counts", { ...there, name }), fields: [{ name: "note", label: say("note_label") }], yes: say("move_yes", { n }) });
  if (!sure) return undefined;
  const note = sure.note ? { note: sure.note } : {};
  return done(button, () => withProgress(say("move_yes", { n }), (progress) => actWatched(pathOf(name, "move"), { ...body, ...note }, progress)), (moved) => say("move_done", { n: moved.changed, to: said.to }));
}

export async function backfill(name, destinations, button) {
  const said = await confirmed({
    title: say("backfill_title", { name }),
    text: say("backfill_text", { name }),
    fields: [
      { name: "since", label: say("backfill_since"), value: "7d" },
      { name: "all", type: "checkbox", label: say("backfill_all") },
    ],
    yes: say("backfill"),
  });
  if (!said) return undefined;
  const body = { all: said.all, ...(said.since && { since: said.since }) };
  const found = await attempt(button, () => withProgress(say("backfill_counting"), (progress) => actWatched(pathOf(name, "backfill"), { ...body, dry_run: true }, progress)));
  if (!found) return undefined;
  const n = found.count;
  if (n === 0) return toast(say("backfill_nothing", { name, seen: found.seen }));
  const sure = await confirmed({ title: say("backfill_confirm", { n, name }), text: say("backfill_counts", found), fields: [{ name: "note", label: say("note_label") }], yes: say("backfill_yes", { n }) });
  if (!sure) return undefined;
  const note = sure.note ? { note: sure.note } : {};
  return done(button, () => withProgress(say("backfill_yes", { n }), (progress) => actWatched(pathOf(name, "backfill"), { ...body, ...note }, progress)), (added) => say("backfill_done", { n: added.added, name }));
}

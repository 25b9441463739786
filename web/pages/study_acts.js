// Study acts: what a person does with one study, each with the count first. Loaded when the first one is done.
import "/verb_words.js";
import { act, actWatched, ask } from "/api.js";
import { actOnFilter } from "/bulk.js";
import { confirmed, show, withProgress } from "/dialogs.js";
import { cell, make } from "/dom.js";
import { learn, plain, say } from "/languages.js";
import { refresh } from "/shell.js";
import { patientLine, studyTitle } from "/study_told.js";
import { answersOf } from "/study_answers.js";
import { attempt, toast } from "/toast.js";

learn({
  en: {
    ask_title: { one: "Ask about 1 image?", other: "Ask about {n} images?" },
    ask_text: "Each destination is asked now whether it has what was sent to it. Nothing is sent.",
    ask_yes: "Ask now",
    ask_nothing: "Nothing was sent yet that a destination could be asked about.",
    asking_them: "Asking the destinations …",
    answers_title: "What the destinations say",
    answers_all: "Every destination has all of it.",
    answers_some: "Not every image is known to have arrived.",
    answer_destination: "Destination",
    answer_commitment: "Committed to keep it",
    answer_query: "Asked, has it",
    answer_readback: "Read back",
    answer_denied: "Says it has not",
    answer_cannot: "Cannot be asked",
    answer_none: "No answer yet",
    send_title: "Send {study} to …",
    send_to: "Destination",
    send_nobody: "There is no destination to send it to.",
    send_count: "Count first",
    send_counting: "Counting …",
    send_confirm: { one: "Send 1 image to {to}?", other: "Send {n} images to {to}?" },
    send_there: { one: "1 was promised to it before and stays as it is.", other: "{n} were promised to it before and stay as they are." },
    send_older: { one: "1 is an older version and stays here.", other: "{n} are older versions and stay here." },
    send_came: { one: "1 came from there and does not go back.", other: "{n} came from there and do not go back." },
    send_unreadable: { one: "1 cannot be read.", other: "{n} cannot be read." },
    send_yes: { one: "Send 1 image", other: "Send {n} images" },
    send_done: { one: "1 image is on its way to {to}.", other: "{n} images are on their way to {to}." },
    send_nothing: { one: "Nothing to send: {to} was promised 1 image before, and there is no other that can go there.", other: "Nothing to send: {to} was promised {n} images before, and there is no other that can go there." },
    assign_title: "Accession number for {study}",
    assign_text: "It goes into the copies that are sent; what was received stays as it came.",
    assign_number: "Accession number",
    assign_where: "For",
    assign_everywhere: "every destination that registers it",
    assign_yes: "Assign",
    assign_confirm: { one: "Give 1 image the number {number}?", other: "Give {n} images the number {number}?" },
    assign_left: { one: "1 image is registered or on its way already, and stays as it is there.", other: "{n} images are registered or on their way already, and stay as they are there." },
    assign_done: { one: "1 image has the number {number} now.", other: "{n} images have the number {number} now." },
    assign_late: "Nothing was changed: all of it is registered or on its way already.",
    recheck_done: { one: "1 image is looked at again now.", other: "{n} images are looked at again now." },
    recheck_nothing: "Nothing of it waits for an accession number or an order.",
    confirm_where: "{study}, {patient}: you say that patient and order belong together; it goes on at once.",
    adopt_where: "{study}, {patient}: you say that the destination has it already.",
  },
  id: {
    ask_title: "Tanyakan {n} gambar?",
    ask_text: "Setiap tujuan ditanya sekarang apakah memiliki yang dikirim kepadanya. Tidak ada yang dikirim.",
    ask_yes: "Tanyakan",
    ask_nothing: "Belum ada yang terkirim yang dapat ditanyakan kepada tujuan.",
    asking_them: "Menanyai tujuan …",
    answers_title: "Jawaban tujuan",
    answers_all: "Setiap tujuan memiliki semuanya.",
    answers_some: "Belum semua gambar diketahui sudah sampai.",
    answer_destination: "Tujuan",
    answer_commitment: "Menjamin menyimpan",
    answer_query: "Ditanya, memilikinya",
    answer_readback: "Dibaca kembali",
    answer_denied: "Menyangkal",
    answer_cannot: "Tidak dapat ditanya",
    answer_none: "Belum menjawab",
    send_title: "Kirim {study} ke …",
    send_to: "Tujuan",
    send_nobody: "Tidak ada tujuan yang dapat dikirimi.",
    send_count: "Hitung dulu",
    send_counting: "Menghitung …",
    send_confirm: "Kirim {n} gambar ke {to}?",
    send_there: "{n} sudah dijanjikan kepadanya dan tetap begitu.",
    send_older: "{n} adalah versi lama dan tetap di sini.",
    send_came: "{n} berasal dari sana dan tidak dikembalikan.",
    send_unreadable: "{n} tidak terbaca.",
    send_yes: "Kirim {n} gambar",
    send_done: "{n} gambar sedang dikirim ke {to}.",
    send_nothing: "Tidak ada yang perlu dikirim: {n} gambar sudah dijanjikan kepada {to}, dan tidak ada lagi yang dapat ke sana.",
    assign_title: "Nomor aksesi untuk {study}",
    assign_text: "Nomor masuk ke salinan yang dikirim; yang diterima tetap seperti aslinya.",
    assign_number: "Nomor aksesi",
    assign_where: "Untuk",
    assign_everywhere: "setiap tujuan yang mendaftarkannya",
    assign_yes: "Berikan",
    assign_confirm: "Beri {n} gambar nomor {number}?",
    assign_left: "{n} gambar sudah terdaftar atau sedang dikirim, dan di sana tetap begitu.",
    assign_done: "{n} gambar sekarang bernomor {number}.",
    assign_late: "Tidak ada yang berubah: semuanya sudah terdaftar atau sedang dikirim.",
    recheck_done: "{n} gambar diperiksa lagi sekarang.",
    recheck_nothing: "Tidak ada yang menunggu nomor aksesi atau order.",
    confirm_where: "{study}, {patient}: menurut Anda pasien dan ordernya cocok; langsung dilanjutkan.",
    adopt_where: "{study}, {patient}: menurut Anda tujuan sudah memilikinya.",
  },
});

const pathOf = (study, verb) => `/api/v1/studies/${encodeURIComponent(study.study_instance_uid)}/${verb}`;
const noteOf = (said) => (said.note ? { note: said.note } : {});
const noteField = () => ({ name: "note", label: say("note_label") });

// Asking

const verdicts = ["commitment", "query", "readback", "denied", "cannot", "none"];
const good = ["commitment", "query", "readback"];

function answersTable(counts) {
  const head = make("tr", {}, make("th", { scope: "col", textContent: say("answer_destination") }), ...verdicts.map((each) => make("th", { scope: "col", className: "number", textContent: say(`answer_${each}`) })));
  const rows = [...counts].map(([name, found]) => make("tr", {}, cell("", "", name), ...verdicts.map((each) => cell(say(`answer_${each}`), "number", plain(found[each] ?? 0)))));
  return make("table", { className: "cards answers" }, make("thead", {}, head), make("tbody", {}, ...rows));
}

export async function askNow(study, button) {
  const found = await attempt(button, () => act(pathOf(study, "verify"), { dry_run: true }));
  if (!found) return undefined;
  if (found.count === 0) return toast(say("ask_nothing"));
  const said = await confirmed({ title: say("ask_title", { n: found.count }), text: say("ask_text"), fields: [noteField()], yes: say("ask_yes") });
  if (!said) return undefined;
  const counts = await attempt(button, () => withProgress(say("asking_them"), (progress) => answersOf(study, () => act(pathOf(study, "verify"), noteOf(said)), progress)));
  await refresh();
  if (!counts) return undefined;
  const isAll = [...counts.values()].every((each) => Object.keys(each).every((verdict) => good.includes(verdict)));
  return show(say("answers_title"), make("p", { textContent: say(isAll ? "answers_all" : "answers_some") }), make("div", { className: "scroll" }, answersTable(counts)));
}

// Sending

export async function sendTo(study, button) {
  const list = await attempt(button, () => ask("/api/v1/destinations"));
  if (!list) return undefined;
  const names = list.body.items.filter((each) => each.is_configured).map((each) => each.name);
  if (names.length === 0) return toast(say("send_nobody"));
  const picked = await confirmed({ title: say("send_title", { study: studyTitle(study) }), fields: [{ name: "to", label: say("send_to"), options: names.map((each) => [each, each]) }], yes: say("send_count") });
  if (!picked) return undefined;
  const { to } = picked;
  const found = await attempt(button, () => withProgress(say("send_counting"), (progress) => actWatched(pathOf(study, "send"), { destination: to, dry_run: true }, progress)));
  if (!found) return undefined;
  const there = Object.values(found.there).reduce((sum, n) => sum + n, 0);
  if (found.count === 0) return toast(say("send_nothing", { n: there, to }));
  const text = [["send_there", there], ["send_older", found.older_version], ["send_came", found.came_from_there], ["send_unreadable", found.unreadable]].map(([word, n]) => n > 0 && say(word, { n }));
  const sure = await confirmed({ title: say("send_confirm", { n: found.count, to }), text, fields: [noteField()], yes: say("send_yes", { n: found.count }) });
  if (!sure) return undefined;
  const done = await attempt(button, () => withProgress(say("send_yes", { n: found.count }), (progress) => actWatched(pathOf(study, "send"), { destination: to, ...noteOf(sure) }, progress)));
  if (done) toast(say("send_done", { n: done.added, to }));
  return refresh();
}

// What is of a study that is registered

/** Gives it the number: counted first, and asked about where some of it is beyond that. True where it was. Throws Problem. */
export async function giveNumber(study, number, destination, note = {}) {
  const body = { accession_number: number, ...(destination && { destination }) };
  const found = await act(pathOf(study, "assign-accession"), { ...body, dry_run: true });
  if (found.already_registered > 0) {
    if (found.count === 0) {
      toast(say("assign_late"));
      return false;
    }
    if (!(await confirmed({ title: say("assign_confirm", { n: found.count, number: found.accession_number }), text: say("assign_left", { n: found.already_registered }), yes: say("assign_yes") }))) return false;
  }
  const done = await act(pathOf(study, "assign-accession"), { ...body, ...note });
  toast(say("assign_done", { n: done.changed, number: done.accession_number }));
  return true;
}

export async function assign(study, button) {
  const where = study.destinations.filter((each) => each.stage !== undefined).map((each) => each.name);
  const choice = where.length > 1 && { name: "where", label: say("assign_where"), options: [["", say("assign_everywhere")], ...where.map((each) => [each, each])] };
  const said = await confirmed({ title: say("assign_title", { study: studyTitle(study) }), text: say("assign_text"), fields: [{ name: "number", label: say("assign_number"), required: true, maxLength: 64 }, choice, noteField()].filter(Boolean), yes: say("assign_yes") });
  if (!said) return undefined;
  await attempt(button, () => giveNumber(study, said.number, said.where ?? "", noteOf(said)));
  return refresh();
}

export async function recheck(study, button) {
  const done = await attempt(button, () => act(pathOf(study, "recheck")));
  if (done) toast(done.changed > 0 ? say("recheck_done", { n: done.changed }) : say("recheck_nothing"));
  return refresh();
}

/** Of the held jobs of one destination, or of each that registers it. */
async function onHeld(study, verb, word, button, destination) {
  const names = destination ? [destination] : study.destinations.filter((each) => each.stage !== undefined && each.jobs.held > 0).map((each) => each.name);
  const where = say(word, { study: studyTitle(study), patient: patientLine(study) });
  for (const name of names) await actOnFilter(verb, { study: study.study_instance_uid, destination: name, state: "held" }, where, button);
  return refresh();
}

export const confirmPatient = (study, button, destination = "") => onHeld(study, "release", "confirm_where", button, destination);
export const adopt = (study, button, destination = "") => onHeld(study, "adopt", "adopt_where", button, destination);


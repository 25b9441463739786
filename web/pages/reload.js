// Reload: reads the configuration anew, with what it would change first.
import { act, Problem } from "/api.js";
import { confirmed, show } from "/dialogs.js";
import { make } from "/dom.js";
import { learn, say, sayCode } from "/languages.js";
import { refresh } from "/shell.js";
import { attempt, toast } from "/toast.js";

learn({
  en: {
    reload_title: "Reload: what would change",
    reload_yes: "Take it",
    reload_same: "The files say what is in force already: nothing would change.",
    reload_done: "The configuration is taken.",
    reload_problems: "The files have problems; what is in force stays",
    reload_restart: "A running bridge cannot take these: restart it",
    reload_removed: { one: "{name} leaves the configuration: 1 job of it is held.", other: "{name} leaves the configuration: {n} jobs of it are held." },
    reload_returned: "{name} comes back: its held jobs go on.",
    reload_ending: "{name} finishes what it has in hand.",
    change_added: "added",
    change_removed: "removed",
    change_changed: "changed",
    value_hidden: "changed (not shown)",
    line_of: "{file}, line {line}",
  },
  id: {
    reload_title: "Muat ulang: yang akan berubah",
    reload_yes: "Terapkan",
    reload_same: "Isi berkas sama dengan yang berlaku: tidak ada yang berubah.",
    reload_done: "Konfigurasi sudah diterapkan.",
    reload_problems: "Berkasnya bermasalah; yang berlaku tetap berlaku",
    reload_restart: "Bridge yang sedang berjalan tidak dapat mengambil ini: mulai ulang",
    reload_removed: "{name} keluar dari konfigurasi: {n} tugasnya ditahan.",
    reload_returned: "{name} kembali: tugasnya yang tertahan berlanjut.",
    reload_ending: "{name} menyelesaikan yang sedang dikerjakan.",
    change_added: "ditambah",
    change_removed: "dihapus",
    change_changed: "diubah",
    value_hidden: "berubah (tidak ditampilkan)",
    line_of: "{file}, baris {line}",
  },
});

const levels = { added: "ok", removed: "bad", changed: "warn" };

function keyLine(each) {
  const has = each.from !== undefined || each.to !== undefined;
  const values = has ? [each.from !== undefined && make("code", { className: "from", textContent: each.from }), each.from !== undefined && each.to !== undefined && " → ", each.to !== undefined && make("code", { className: "to", textContent: each.to })] : [say("value_hidden")];
  return make("li", {}, make("code", { textContent: `${each.key}: ` }), ...values);
}

function changeRow(each) {
  return make("li", {}, make("strong", { textContent: `${each.where} ` }), make("span", { className: "state", textContent: sayCode("change_", each.what, each.what), dataset: { level: levels[each.what] } }), make("ul", {}, ...each.keys.map(keyLine)));
}

function consequences(found) {
  return [
    ...found.removed.map((each) => say("reload_removed", { n: each.jobs, name: each.name })),
    ...found.returned.map((name) => say("reload_returned", { name })),
    ...found.ending.map((name) => say("reload_ending", { name })),
  ].map((text) => make("p", { className: "error", textContent: text }));
}

/** Why nothing can be taken, line by line. */
function showRefusal(problem) {
  const { problems, restart } = problem.body;
  if (problems) return show(say("reload_problems"), make("ul", { className: "changes" }, ...problems.map((each) => make("li", {}, make("strong", { textContent: each.line ? say("line_of", { file: each.file, line: String(each.line) }) : each.file }), make("p", {}, each.key && make("code", { textContent: `${each.key}: ` }), each.text)))));
  if (restart) return show(say("reload_restart"), make("ul", { className: "changes" }, ...restart.map(keyLine)));
  throw problem;
}

async function dryRun() {
  try {
    return await act("/api/v1/config/reload", { dry_run: true });
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    showRefusal(problem);
    return undefined;
  }
}

export async function reloadConfiguration(button) {
  const found = await attempt(button, dryRun);
  if (!found) return;
  if (found.changes.length === 0) return toast(say("reload_same"));
  const content = [make("ul", { className: "changes" }, ...found.changes.map(changeRow)), ...consequences(found)];
  const said = await confirmed({ title: say("reload_title"), content, fields: [{ name: "note", label: say("note_label") }], yes: say("reload_yes") });
  if (!said) return;
  if (await attempt(button, () => act("/api/v1/config/reload", said.note ? { note: said.note } : {}))) toast(say("reload_done"));
  await refresh();
}

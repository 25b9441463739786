// Study buttons: what a person may do with a study, and where to look further. Loaded for whoever may.
import { withQuery } from "/api.js";
import { actButton, el, keepRows, make } from "/dom.js";
import { learn, say } from "/languages.js";
import { canAct, may } from "/shell.js";
import { attempt } from "/toast.js";

learn({
  en: { act_ask: "Ask now", act_send: "Send to …", act_assign: "Accession number …", act_recheck: "Look again", act_confirm: "Confirm the patient …", act_adopt: "Adopt …", its_history: "History", its_jobs: "Outbox" },
  id: { act_ask: "Tanyakan", act_send: "Kirim ke …", act_assign: "Nomor aksesi …", act_recheck: "Periksa lagi", act_confirm: "Pastikan pasien …", act_adopt: "Anggap terkirim …", its_history: "Riwayat", its_jobs: "Kotak keluar" },
});

/** What it does is loaded when somebody presses it. */
function button(study, word, act) {
  return actButton(say(word), act, "", (pressed) => attempt(null, async () => (await import("/study_acts.js"))[act](study, pressed)));
}

function acts(study) {
  const all = study.destinations;
  const registers = all.filter((each) => each.stage !== undefined);
  const some = (list, ...states) => list.some((each) => states.some((state) => each.jobs[state] > 0));
  return [
    some(all, "delivered", "uncertain") && ["act_ask", "askNow"],
    ["act_send", "sendTo"],
    registers.length > 0 && ["act_assign", "assign"],
    some(registers, "waiting") && ["act_recheck", "recheck"],
    some(registers, "held") && ["act_confirm", "confirmPatient"],
    some(registers, "held") && ["act_adopt", "adopt"],
  ].filter(Boolean);
}

/** For a role that sees jobs and the history. */
export function showButtons(study) {
  const wanted = canAct() ? acts(study) : [];
  keepRows(el("study-acts"), wanted.map(([word, act]) => ({ word, act })), (each) => each.act, ({ word, act }) => make("li", {}, button(study, word, act)));
  const links = may("inspect") ? [["its_jobs", "/outbox.html"], ["its_history", "/history.html"]] : [];
  keepRows(el("study-links"), links.map(([word, path]) => ({ word, path })), (each) => each.word, ({ word, path }) => make("li", {}, make("a", { href: withQuery(path, { study: study.study_instance_uid }), textContent: say(word) })));
}

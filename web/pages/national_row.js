// National row: one study at the platform: what it waits for, and the field and buttons that end that.
import { Problem } from "/api.js";
import { actButton, make, setText } from "/dom.js";
import { say } from "/languages.js";
import { reasonText } from "/reason_words.js";
import { at, canAct, refresh } from "/shell.js";
import { countsText, patientLine, stageLevels, stageWord, studyLine, studyTitle } from "/study_told.js";
import { attempt } from "/toast.js";

const load = () => import("/study_acts.js");

/** An item of the list as study_acts.js takes a study. */
const studyOf = (item) => ({ ...item, destinations: [{ name: item.destination, stage: item.stage, jobs: item.jobs }] });

/** What it waits for, or what became of it. */
function whyText(item) {
  const reason = item.objection ? reasonText(item.objection, item.objection_text) : "";
  const id = item.stage === "registered" && item.imaging_study_id;
  const looks = item.stage === "order_not_found" || item.stage === "no_accession";
  return [reason || (id ? say("registered_as", { stage: stageWord(item.stage), id }) : ""), item.assigned_accession_number && say("assigned_of", { number: item.assigned_accession_number }),
    looks && item.miss_count > 0 && say("looked_n", { n: item.miss_count }), looks && item.next_look_at && say("next_look", { at: at(item.next_look_at) })].filter(Boolean).join(" · ");
}

/** The field to type the number; what is typed stays when the row is made anew. */
function numberForm(item, title, row) {
  const field = row?.querySelector("input") ?? make("input", { type: "text", name: "number", required: true, maxLength: 64, autocomplete: "off", spellcheck: false, dataset: { act: "number" } });
  field.placeholder = say("number_hint");
  field.setAttribute("aria-label", say("number_label", { study: title }));
  const give = make("button", { type: "submit", className: item.stage === "objected" ? "" : "primary", textContent: say("number_give"), dataset: { act: "give" } });
  const wrong = make("p", { className: "error", hidden: true, attributes: { role: "alert" } });
  const tell = (text) => {
    setText(wrong, text);
    wrong.hidden = text === "";
    field.setAttribute("aria-invalid", String(text !== ""));
  };
  tell("");
  const form = make("form", {}, field, give);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(give, async () => {
      try {
        const { giveNumber } = await load();
        if (await giveNumber(studyOf(item), field.value.trim(), item.destination)) field.value = "";
        tell("");
      } catch (problem) {
        // What is wrong with the number is said where it was typed.
        if (!(problem instanceof Problem) || problem.status === 0) throw problem;
        tell(problem.message);
        return;
      }
      await refresh();
    });
  });
  return [form, wrong];
}

function acts(item, title) {
  const { jobs, stage } = item;
  const button = (word, act, primary) => {
    const made = actButton(say(word), act, say("of_study", { what: say(word), study: title }), (pressed) => attempt(null, async () => (await load())[act](studyOf(item), pressed, item.destination)));
    if (primary) made.className = "primary";
    return made;
  };
  return [
    stage === "objected" && jobs.held > 0 && button("do_confirm", "confirmPatient", true),
    (stage === "no_accession" || stage === "order_not_found") && button("do_recheck", "recheck"),
    jobs.held > 0 && button("do_adopt", "adopt"),
  ].filter(Boolean);
}

export const registrationPrint = (item) => [item, at(item.stage_at), at(item.next_look_at), canAct()];

export function registrationRow({ item }, row) {
  const title = studyTitle(item);
  const level = stageLevels[item.stage] ?? "off";
  const why = whyText(item);
  const counts = countsText({ jobs: item.jobs });
  const patient = patientLine(item);
  const told = make("div", {},
    make("p", {}, make("a", { className: "name", href: `/study.html?study=${encodeURIComponent(item.study_instance_uid)}`, textContent: title, dataset: { act: "open" } }), " ",
      make("span", { className: "state", textContent: stageWord(item.stage), dataset: { level } }), " ", item.stage_at && make("span", { className: "faint nowrap", textContent: say("since_at", { at: at(item.stage_at) }) })),
    patient && make("p", { className: "patient", textContent: patient }),
    make("p", { className: "faint", textContent: [studyLine(item), counts].filter(Boolean).join(" · ") }),
    why && make("p", { className: "why", textContent: why, dataset: { level } }));
  if (!canAct()) return make("li", { className: "registration" }, told);
  const canHaveNumber = ["no_accession", "order_not_found", "objected"].includes(item.stage);
  return make("li", { className: "registration" }, told, make("div", { className: "does" }, ...(canHaveNumber ? numberForm(item, title, row) : []), make("div", { className: "acts" }, ...acts(item, title))));
}

// Study told: whose study it is, what it is and how it stands, in words. Pure functions; no page.
import { dicomDate } from "/formats.js";
import { learn, say, sayCode } from "/languages.js";
import { reasonText } from "/reason_words.js";
import { at } from "/shell.js";

learn({
  en: {
    a_study: "Study",
    born: "born {date}",
    accession_of: "accession {number}",
    images_n: { one: "1 image", other: "{n} images" },
    received_at: "received {at}",
    study_needs_a_person: "needs a person",
    study_arriving: "arriving",
    study_unrouted: "unrouted",
    study_delivering: "delivering",
    study_delivered: "delivered",
    study_cancelled: "cancelled",
    n_of_m: "{name}: {n} of {m} delivered",
    counted: "{n} {state}",
    warnings_of: { one: "1 with a warning", other: "{n} with a warning" },
    stage_not_looked_at: "not looked at yet",
    stage_no_accession: "no accession number",
    stage_order_not_found: "no order found so far",
    stage_objected: "a person must decide",
    stage_ordered: "order found",
    stage_creating: "being registered",
    stage_replacing: "being registered anew",
    stage_registered: "registered",
    stage_of: "{stage}: {reason}",
    order_of: "{stage}, for accession number {number}",
    registered_as: "{stage} as ImagingStudy {id}",
    assigned_of: "accession number assigned here: {number}",
  },
  id: {
    a_study: "Studi",
    born: "lahir {date}",
    accession_of: "aksesi {number}",
    images_n: "{n} gambar",
    received_at: "diterima {at}",
    study_needs_a_person: "perlu ditangani",
    study_arriving: "sedang datang",
    study_unrouted: "tanpa rute",
    study_delivering: "sedang dikirim",
    study_delivered: "terkirim",
    study_cancelled: "dibatalkan",
    n_of_m: "{name}: {n} dari {m} terkirim",
    counted: "{n} {state}",
    warnings_of: "{n} dengan peringatan",
    stage_not_looked_at: "belum diperiksa",
    stage_no_accession: "tanpa nomor aksesi",
    stage_order_not_found: "order belum ditemukan",
    stage_objected: "perlu keputusan seseorang",
    stage_ordered: "order ditemukan",
    stage_creating: "sedang didaftarkan",
    stage_replacing: "sedang didaftarkan ulang",
    stage_registered: "terdaftar",
    stage_of: "{stage}: {reason}",
    order_of: "{stage}, untuk nomor aksesi {number}",
    registered_as: "{stage} sebagai ImagingStudy {id}",
    assigned_of: "nomor aksesi yang diberikan di sini: {number}",
  },
});

/** "Doe^Jane^^Dr." as people write it: "Doe, Jane Dr."; of several spellings the first (PS3.5 6.2.1). */
export function personName(text) {
  const [family, ...rest] = (text ?? "").split("=")[0].split("^").map((each) => each.trim());
  const others = rest.filter(Boolean).join(" ");
  return [family, others].filter(Boolean).join(", ");
}

const joined = (...texts) => texts.filter(Boolean).join(" · ");

/** Who the patient is, as far as the API tells whoever asks; "" where it tells nothing. */
export function patientLine(study) {
  return joined(personName(study.patient_name), study.patient_id, study.patient_birth_date && say("born", { date: dicomDate(study.patient_birth_date) }));
}

const modalities = (study) => (study.modalities ?? []).join(", ");

export const studyTitle = (study) => study.study_description || modalities(study) || say("a_study");

export function studyLine(study) {
  return joined(modalities(study), dicomDate(study.study_date), study.accession_number && say("accession_of", { number: study.accession_number }), say("images_n", { n: study.instances }),
    study.last_received_at && say("received_at", { at: at(study.last_received_at) }));
}

const levels = { needs_a_person: "bad", arriving: "off", unrouted: "warn", delivering: "off", delivered: "ok", cancelled: "off" };

/** {text, level} of the study's one word. */
export const stateOf = (study) => ({ text: sayCode("study_", study.state), level: levels[study.state] ?? "off" });

export const deliveredText = (each) => say("n_of_m", { name: each.name, n: each.delivered, m: each.of });

/** What is not simply on its way or delivered: "2 waiting · 1 held". */
export function countsText({ jobs, warnings }) {
  const states = [["sending", jobs.sending], ["waiting", jobs.waiting], ["uncertain", jobs.uncertain], ["held", jobs.held], ["cancelled", jobs.cancelled]];
  return joined(...states.map(([state, n]) => n > 0 && say("counted", { n, state: say(`state_${state}`) })), warnings > 0 && say("warnings_of", { n: warnings }));
}

export const stageLevels = { no_accession: "warn", order_not_found: "warn", objected: "bad", registered: "ok" };

export const stageWord = (stage) => (stage ? sayCode("stage_", stage) : say("stage_not_looked_at"));

/** How far a destination that registers studies has come with it; "" of any other. `each`: a study's destination. */
export function stageText(each) {
  if (each.stage === undefined) return "";
  const stage = stageWord(each.stage);
  const number = each.accession_number;
  const told = each.objection ? say("stage_of", { stage, reason: reasonText(each.objection, each.objection_text ?? each.objection) })
    : each.imaging_study_id ? say("registered_as", { stage, id: each.imaging_study_id })
    : number ? say("order_of", { stage, number }) : stage;
  return joined(told, each.assigned_accession_number && say("assigned_of", { number: each.assigned_accession_number }));
}

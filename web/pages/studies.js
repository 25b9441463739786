// Studies: everything that was received, to search through, with how far each has come at each destination.
import { el, keepRows, make, setText } from "/dom.js";
import { say } from "/languages.js";
import { Listing } from "/listing.js";
import { offerMore, searching, showRefusal } from "/searching.js";
import { at, open, refresh as refreshNow, session } from "/shell.js";
import { words } from "/studies_words.js";
import { countsText, deliveredText, patientLine, stageText, stateOf, studyLine, studyTitle } from "/study_told.js";
import { inheritPicture, thumbnail } from "/thumbnails.js";

const names = ["q", "patient", "accession", "modality", "date"];
const modalities = ["CR", "CT", "DX", "ES", "IO", "MG", "MR", "NM", "OT", "PT", "PX", "RF", "SR", "US", "XA"];

const listing = new Listing("/api/v1/studies", (each) => each.study_instance_uid);

function destinationLine(each) {
  const more = [countsText(each), stageText(each)].filter(Boolean).join(" · ");
  return make("li", { dataset: { done: String(each.of > 0 && each.delivered >= each.of) } }, deliveredText(each), more && make("span", { className: "faint", textContent: ` · ${more}` }));
}

function studyRow({ study }, row) {
  const state = stateOf(study);
  const picture = thumbnail(`/dicom-web/studies/${encodeURIComponent(study.study_instance_uid)}/thumbnail`);
  inheritPicture(picture, row?.querySelector(".thumbnail"));
  const patient = patientLine(study);
  const told = make("div", { className: "told" },
    make("span", {}, make("a", { className: "name", href: `/study.html?study=${encodeURIComponent(study.study_instance_uid)}`, textContent: studyTitle(study), dataset: { act: "open" } }), " ", make("span", { className: "state", textContent: state.text, dataset: { level: state.level } })),
    patient && make("span", { className: "patient", textContent: patient }),
    make("span", { className: "faint", textContent: studyLine(study) }));
  const going = study.destinations.length > 0 ? study.destinations.map(destinationLine) : [make("li", { className: "faint", textContent: say("goes_nowhere") })];
  return make("li", { className: "study-row" }, picture, told, make("ul", { className: "going" }, ...going));
}

function show() {
  showRefusal(el("filters"), listing);
  const { items } = listing;
  if (!items) return;
  keepRows(el("studies"), items.map((study) => ({ study, print: [study, at(study.last_received_at)] })), ({ study }) => study.study_instance_uid, studyRow);
  el("studies-empty").hidden = items.length > 0 || listing.refused !== "";
  setText(el("studies-empty"), say(Object.keys(listing.terms).length > 0 ? "no_match" : "no_studies"));
  el("more").hidden = !listing.next;
}

el("modalities").append(...modalities.map((value) => make("option", { value })));
offerMore(listing, show);
open({ name: "studies", needs: "look", words, refresh: () => listing.refresh(), show });
searching(el("filters"), names, (terms) => {
  listing.start(terms);
  if (session.node) refreshNow();
});

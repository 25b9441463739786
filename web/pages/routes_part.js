// Routes part: where an imagined instance would go, and what another configuration would do to those that came.
import { act, actWatched, Problem } from "/api.js";
import { explained } from "/explanation.js";
import { make } from "/dom.js";
import { learn, say } from "/languages.js";
import { may } from "/shell.js";
import { attempt } from "/toast.js";

learn({
  en: {
    explain_title: "Where would it go?",
    explain_text: "Type what an image has; the present routes are put to it. Nothing is sent.",
    tag: "Tag",
    tag_value: "Value",
    tag_hint: "Modality, or (0008,0060)",
    add_tag: "One more tag",
    remove_tag: "Remove this tag",
    calling_ae_title: "Calling AE title",
    called_ae_title: "Called AE title",
    address: "Address",
    sender: "Sender",
    explain: "Explain",
    diff_title: "What would another configuration do?",
    diff_text: "Paste a whole configuration: its routes are put to the images received since then, beside the present ones. Nothing is changed.",
    diff_settings: "Configuration (TOML)",
    diff_since: "Received since",
    diff_hint: "7d, or 2026-01-15",
    diff_file: "or from a file",
    compare: "Compare",
    compared: "{done} of {total} looked at",
    diff_sum: "{instances} looked at: {same} go where they went, {changed} would go elsewhere; {unreadable} could not be read, {purged} are purged.",
    diff_unrouted: "Unrouted now {now}, then {then}.",
    diff_part: "It was stopped before all were looked at.",
    diff_same: "Nothing would go elsewhere.",
    d_destination: "Destination",
    d_gains: "Gains",
    d_loses: "Loses",
    d_edits: "Other edits",
    d_priority: "Other priority",
    d_hold: "Other hold",
    diff_groups: "Who goes elsewhere",
    diff_group: { one: "1 image", other: "{n} images" },
    nowhere: "nowhere",
    diff_others: { one: "1 more image in other groups", other: "{n} more images in other groups" },
  },
  id: {
    explain_title: "Ke mana perginya?",
    explain_text: "Ketik isi sebuah gambar; rute yang berlaku diterapkan padanya. Tidak ada yang dikirim.",
    tag: "Tag",
    tag_value: "Nilai",
    tag_hint: "Modality, atau (0008,0060)",
    add_tag: "Tambah tag",
    remove_tag: "Hapus tag ini",
    calling_ae_title: "AE title pemanggil",
    called_ae_title: "AE title yang dipanggil",
    address: "Alamat",
    sender: "Pengirim",
    explain: "Jelaskan",
    diff_title: "Apa akibat konfigurasi lain?",
    diff_text: "Tempel seluruh konfigurasi: rutenya diterapkan pada gambar yang diterima sejak itu, berdampingan dengan yang berlaku. Tidak ada yang diubah.",
    diff_settings: "Konfigurasi (TOML)",
    diff_since: "Diterima sejak",
    diff_hint: "7d, atau 2026-01-15",
    diff_file: "atau dari berkas",
    compare: "Bandingkan",
    compared: "{done} dari {total} diperiksa",
    diff_sum: "{instances} diperiksa: {same} tetap ke tujuannya, {changed} akan ke tempat lain; {unreadable} tidak terbaca, {purged} sudah dihapus.",
    diff_unrouted: "Tanpa rute sekarang {now}, nanti {then}.",
    diff_part: "Dihentikan sebelum semuanya diperiksa.",
    diff_same: "Tidak ada yang akan ke tempat lain.",
    d_destination: "Tujuan",
    d_gains: "Bertambah",
    d_loses: "Berkurang",
    d_edits: "Perubahan lain",
    d_priority: "Prioritas lain",
    d_hold: "Penahanan lain",
    diff_groups: "Yang ke tempat lain",
    diff_group: "{n} gambar",
    nowhere: "tidak ke mana pun",
    diff_others: "{n} gambar lagi dalam kelompok lain",
  },
});

const arrival = ["calling_ae_title", "called_ae_title", "address", "sender"];
const typed = { tags: [["Modality", "CT"]], arrival: {}, settings: "", since: "7d" }; // kept while somebody looks elsewhere

function tagRow(list, [name, value]) {
  const keyword = make("input", { type: "text", value: name, placeholder: say("tag_hint"), autocomplete: "off", spellcheck: false, attributes: { "aria-label": say("tag") } });
  const content = make("input", { type: "text", value, autocomplete: "off", spellcheck: false, attributes: { "aria-label": say("tag_value") } });
  const remove = make("button", { type: "button", textContent: "×", attributes: { "aria-label": say("remove_tag") } });
  const row = make("div", {}, keyword, content, remove);
  remove.addEventListener("click", () => {
    row.remove();
    list.querySelector("input")?.focus();
  });
  return row;
}

function field(name, word, properties = {}) {
  const id = `explain-${name}`;
  return make("div", {}, make("label", { htmlFor: id, textContent: say(word) }), make("input", { id, name, type: "text", autocomplete: "off", spellcheck: false, ...properties }));
}

/** What the API refuses is told where somebody typed it. */
async function into(found, button, work) {
  button.disabled = true;
  try {
    found.replaceChildren(...(await work()));
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    found.replaceChildren(make("p", { className: "error", textContent: problem.message, attributes: { role: "alert" } }));
  } finally {
    button.disabled = false;
  }
}

function explainPanel() {
  const list = make("div", { className: "tags" }, ...[]);
  list.append(...typed.tags.map((each) => tagRow(list, each)));
  const more = make("button", { type: "button", textContent: say("add_tag") });
  more.addEventListener("click", () => {
    list.append(tagRow(list, ["", ""]));
    list.lastElementChild.querySelector("input").focus();
  });
  const found = make("div", { className: "found", id: "explained", attributes: { "aria-live": "polite" } });
  const go = make("button", { type: "submit", className: "primary", textContent: say("explain") });
  const fields = make("div", { className: "fields" }, ...arrival.map((each) => field(each, each, { value: typed.arrival[each] ?? "" })));
  const form = make("form", { id: "explain" }, list, fields, make("div", { className: "acts" }, go, more));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    typed.tags = [...list.children].map((row) => [...row.querySelectorAll("input")].map((each) => each.value.trim())).filter(([name]) => name);
    typed.arrival = Object.fromEntries(arrival.map((each) => [each, form.elements[each].value.trim()]).filter(([, value]) => value));
    // Several values of one tag are written as DICOM does, with a backslash between.
    const tags = Object.fromEntries(typed.tags.map(([name, value]) => [name, value ? value.split("\\") : []]));
    attempt(null, () => into(found, go, async () => explained(await act("/api/v1/routes/explain", { tags, ...typed.arrival }))));
  });
  return make("section", { className: "panel", attributes: { "aria-labelledby": "explain-title" } }, make("h2", { id: "explain-title", textContent: say("explain_title") }), make("p", { className: "faint", textContent: say("explain_text") }), form, found);
}

const going = (list) => list.map((each) => each.destination).join(", ") || say("nowhere");

function groupRow(each) {
  const link = each.examples[0]?.study_instance_uid;
  return make("li", {}, make("strong", { textContent: `${say("diff_group", { n: each.count })}: ` }), make("span", { className: "from", textContent: going(each.from) }), " → ", make("span", { className: "to", textContent: going(each.to) }),
    link && make("p", { className: "faint" }, make("a", { href: `/study.html?${new URLSearchParams({ study: link })}`, textContent: link })));
}

function destinationTable(destinations) {
  const columns = ["d_destination", "d_gains", "d_loses", "d_edits", "d_priority", "d_hold"];
  const values = (each) => [each.name, each.gains, each.loses, each.edits_change, each.priority_changes, each.hold_changes];
  const rows = destinations.map((each) => make("tr", {}, ...values(each).map((value, at) => make("td", { className: at > 0 ? "number" : "", textContent: String(value), dataset: { label: at > 0 ? say(columns[at]) : "" } }))));
  return make("div", { className: "scroll" }, make("table", { className: "cards" }, make("thead", {}, make("tr", {}, ...columns.map((each, at) => make("th", { scope: "col", className: at > 0 ? "number" : "", textContent: say(each) })))), make("tbody", {}, ...rows)));
}

function compared(diff) {
  return [
    make("p", { textContent: say("diff_sum", diff) }),
    make("p", { className: "faint", textContent: say("diff_unrouted", { now: diff.unrouted_now, then: diff.unrouted_then }) }),
    !diff.whole && make("p", { className: "error", textContent: say("diff_part") }),
    diff.changed === 0 ? make("p", { textContent: say("diff_same") }) : destinationTable(diff.destinations),
    diff.groups.length > 0 && make("h3", { textContent: say("diff_groups") }),
    make("ul", { className: "changes" }, ...diff.groups.map(groupRow)),
    diff.in_other_groups > 0 && make("p", { className: "faint", textContent: say("diff_others", { n: diff.in_other_groups }) }),
  ].filter(Boolean);
}

async function compare(form, found) {
  const bar = make("progress", { max: 1, value: 0, attributes: { "aria-label": say("compare") } });
  const text = make("p", { className: "faint" });
  found.replaceChildren(bar, text);
  const body = { settings: typed.settings, ...(typed.since && { since: typed.since }) };
  return compared(await actWatched("/api/v1/routes/diff", body, (done, total) => {
    bar.max = Math.max(1, total);
    bar.value = done;
    text.textContent = say("compared", { done, total });
  }));
}

function diffPanel() {
  const area = make("textarea", { id: "diff-settings", name: "settings", rows: 10, required: true, spellcheck: false, value: typed.settings });
  const file = make("input", { id: "diff-file", type: "file", accept: ".toml,text/plain" });
  file.addEventListener("change", async () => {
    if (file.files[0]) area.value = await file.files[0].text();
  });
  const go = make("button", { type: "submit", className: "primary", textContent: say("compare") });
  const found = make("div", { className: "found", id: "compared", attributes: { "aria-live": "polite" } });
  const form = make("form", { id: "diff" }, make("div", {}, make("label", { htmlFor: "diff-settings", textContent: say("diff_settings") }), area),
    make("div", { className: "fields" }, make("div", {}, make("label", { htmlFor: "diff-file", textContent: say("diff_file") }), file), field("since", "diff_since", { value: typed.since, placeholder: say("diff_hint") })), make("div", { className: "acts" }, go));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    typed.settings = area.value;
    typed.since = form.elements.since.value.trim();
    attempt(null, () => into(found, go, () => compare(form, found)));
  });
  return make("section", { className: "panel", attributes: { "aria-labelledby": "diff-title" } }, make("h2", { id: "diff-title", textContent: say("diff_title") }), make("p", { className: "faint", textContent: say("diff_text") }), form, found);
}

export function build(root) {
  root.append(explainPanel());
  if (may("administer")) root.append(diffPanel());
}

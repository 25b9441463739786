// Settings part: what is in force, as the bridge understood it, by section; its notices; and reading it anew.
import { ask } from "/api.js";
import { el, keepRows, make, setText } from "/dom.js";
import { learn, say } from "/languages.js";
import { at, may } from "/shell.js";
import { attempt } from "/toast.js";

learn({
  en: {
    settings_title: "Settings as understood",
    settings_loaded: "Read {at} from {files}. SHA-256 {sha}.",
    settings_defaults: "Read {at}; no file: embedded defaults.",
    settings_how: "They are changed in the file, and taken by reloading. Passwords and tokens are never shown; addresses (url) are, whole.",
    reload: "Reload …",
    notices: "Notices",
    sections: "Sections",
    search_settings: "Search the settings",
    no_section: "No section has that.",
    certificates: "Certificates that this bridge shows to others",
    certificate_line: { one: "{where}: {subject}, 1 day left", other: "{where}: {subject}, {n} days left" },
  },
  id: {
    settings_title: "Pengaturan sebagaimana dipahami",
    settings_loaded: "Dibaca {at} dari {files}. SHA-256 {sha}.",
    settings_defaults: "Dibaca {at}; tanpa berkas: nilai bawaan.",
    settings_how: "Diubah di berkasnya, lalu diambil dengan memuat ulang. Kata sandi dan token tidak pernah ditampilkan; alamat (url) ditampilkan utuh.",
    reload: "Muat ulang …",
    notices: "Pemberitahuan",
    sections: "Bagian",
    search_settings: "Cari dalam pengaturan",
    no_section: "Tidak ada bagian yang memuatnya.",
    certificates: "Sertifikat yang ditunjukkan bridge ini kepada pihak lain",
    certificate_line: "{where}: {subject}, tinggal {n} hari",
  },
});

const soon_days = 30;
const sha_shown = 12;

let search = "";
let present = null;

/** [{id, title, text}]: one of each [table] and [[table]], with what stands below it. */
export function sectionsOf(text) {
  const sections = [];
  for (const line of text.split("\n")) {
    // A table of a table ([destination.tls]) belongs to the one above it.
    const head = /^\[(\[)?([A-Za-z_]+)\]?\]/.exec(line);
    if (head && !line.includes(".")) sections.push({ head: line.trim(), lines: [] });
    else if (sections.length > 0) sections[sections.length - 1].lines.push(line);
    else if (line.trim()) sections.push({ head: "", lines: [line] });
  }
  return sections.map(({ head, lines }, number) => {
    const name = /^name = "(.*)"$/m.exec(lines.join("\n"))?.[1];
    const isOne = !head.startsWith("[[");
    return { id: `s-${number}`, title: isOne || !name ? head : `${head} ${name}`, text: lines.join("\n").trim() };
  });
}

async function reload(button) {
  const { reloadConfiguration } = await import("/reload.js");
  await reloadConfiguration(button);
}

export function build(root) {
  present = null;
  const find = make("input", { id: "settings-search", type: "search", value: search, placeholder: say("search_settings"), dataset: { search: "" }, attributes: { "aria-label": say("search_settings") } });
  find.addEventListener("input", () => {
    search = find.value.trim().toLowerCase();
    show();
  });
  const button = make("button", { type: "button", id: "reload", className: "primary", textContent: say("reload"), hidden: !may("administer") });
  button.addEventListener("click", () => attempt(null, () => reload(button)));
  root.append(
    make("section", { className: "panel", attributes: { "aria-labelledby": "settings-title" } },
      make("div", { className: "head" }, make("div", {}, make("h2", { id: "settings-title", textContent: say("settings_title") }), make("p", { id: "settings-from" }), make("p", { className: "faint", textContent: say("settings_how") })), button),
      make("ul", { className: "notices", id: "notices", attributes: { "aria-label": say("notices") } }),
      make("div", { id: "certificates", hidden: true }, make("h3", { className: "faint", textContent: say("certificates") }), make("ul"))),
    make("div", { className: "settings" },
      make("nav", { className: "panel contents", attributes: { "aria-label": say("sections") } }, find, make("ul", { id: "contents" }), make("p", { className: "empty", id: "no-section", hidden: true, textContent: say("no_section") })),
      make("div", { className: "sections", id: "sections" })));
}

function sectionRow(each) {
  return make("section", { className: "panel", id: each.id, attributes: { "aria-label": each.title } }, make("h2", { textContent: each.title }), make("pre", {}, make("code", { textContent: each.text })));
}

function show() {
  if (!present || !el("contents")) return;
  const { config, certificates } = present;
  const files = config.files.join(", ");
  setText(el("settings-from"), files ? say("settings_loaded", { at: at(config.loaded_at), files, sha: `${config.sha256.slice(0, sha_shown)}…` }) : say("settings_defaults", { at: at(config.loaded_at) }));
  keepRows(el("notices"), config.notices.map((text) => ({ text })), (each) => each.text, (each) => make("li", { textContent: each.text }));
  el("certificates").hidden = certificates.length === 0;
  keepRows(el("certificates").querySelector("ul"), certificates, (each) => each.where, (each) =>
    make("li", { className: each.days_left < soon_days ? "error" : "", textContent: say("certificate_line", { n: each.days_left, where: each.where, subject: each.subject }) }));
  const found = sectionsOf(config.text).filter((each) => !search || `${each.title}\n${each.text}`.toLowerCase().includes(search));
  el("no-section").hidden = found.length > 0;
  keepRows(el("contents"), found, (each) => each.id, (each) => make("li", {}, make("a", { href: `#${each.id}`, textContent: each.title })));
  keepRows(el("sections"), found, (each) => each.id, sectionRow);
}

export async function refresh() {
  const config = (await ask("/api/v1/config")).body;
  present = { config, certificates: (await ask("/api/v1/status")).body.certificates };
  show();
}

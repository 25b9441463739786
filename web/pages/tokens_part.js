// Tokens part: what programs come with instead of a password; made, shown once, removed.
import { act, ask } from "/api.js";
import { actButton, cell, el, keepRows, make } from "/dom.js";
import { learn, say, sayCode } from "/languages.js";
import { at, refresh as refreshNow } from "/shell.js";
import { attempt, toast } from "/toast.js";

learn({
  en: {
    tokens_title: "Tokens",
    tokens_text: "A program sends one as Authorization: Bearer. Each has a role and an end.",
    tokens_empty: "No token yet. Make one for each program that asks the bridge, such as Prometheus (role monitor).",
    add_token: "Make a token",
    t_name: "What it is for",
    t_role: "Role",
    t_expires: "Until",
    t_expires_in: "Valid for (30d, 365d)",
    t_added: "Made",
    t_by: "by {actor}",
    t_of: "of {user}",
    t_state: "State",
    token_valid: "valid",
    token_expired: "expired",
    t_remove: "Remove",
    remove_token_of: "Remove the token {name}",
    remove_token_title: "Remove the token {name}?",
    remove_token_text: "The program that has it is turned away at once.",
    token_removed: "The token {name} is removed.",
    token_once: "Copy it now: it is shown this once, and never again.",
    token_made: "The token {name}",
    token_monitor: "monitor: counts and metrics only",
    token_viewer: "viewer: studies and their pictures",
    token_operator: "operator: jobs, destinations, and every act",
    token_auditor: "auditor: reads everything, changes nothing",
    token_admin: "admin: everything",
  },
  id: {
    tokens_title: "Token",
    tokens_text: "Program mengirimnya sebagai Authorization: Bearer. Masing-masing punya peran dan batas waktu.",
    tokens_empty: "Belum ada token. Buatlah satu untuk setiap program yang bertanya kepada bridge, misalnya Prometheus (peran pemantau).",
    add_token: "Buat token",
    t_name: "Untuk apa",
    t_role: "Peran",
    t_expires: "Sampai",
    t_expires_in: "Berlaku selama (30d, 365d)",
    t_added: "Dibuat",
    t_by: "oleh {actor}",
    t_of: "milik {user}",
    t_state: "Keadaan",
    token_valid: "berlaku",
    token_expired: "kedaluwarsa",
    t_remove: "Hapus",
    remove_token_of: "Hapus token {name}",
    remove_token_title: "Hapus token {name}?",
    remove_token_text: "Program yang memakainya langsung ditolak.",
    token_removed: "Token {name} dihapus.",
    token_once: "Salin sekarang: hanya ditampilkan sekali ini.",
    token_made: "Token {name}",
    token_monitor: "pemantau: hanya hitungan dan metrik",
    token_viewer: "pembaca: studi dan gambarnya",
    token_operator: "operator: tugas, tujuan, dan semua tindakan",
    token_auditor: "auditor: membaca semuanya, tidak mengubah apa pun",
    token_admin: "admin: semuanya",
  },
});

const roles = ["monitor", "viewer", "operator", "auditor", "admin"];

async function add(button) {
  const { confirmed, copyButton, show } = await import("/dialogs.js");
  const said = await confirmed({
    title: say("add_token"),
    fields: [
      { name: "name", label: say("t_name"), required: true, maxLength: 64 },
      { name: "role", label: say("t_role"), options: roles.map((each) => [each, say(`token_${each}`)]) },
      { name: "expires_in", label: say("t_expires_in"), required: true, value: "365d" },
    ],
    yes: say("add_token"),
  });
  if (!said) return;
  const made = await attempt(button, () => act("/api/v1/tokens", said));
  await refreshNow();
  if (!made) return;
  const shown = make("code", { id: "new-token", textContent: made.token });
  show(say("token_made", { name: made.name }), make("p", { textContent: say("token_once") }), make("div", { className: "secret" }, shown, copyButton(shown, made.token)));
}

async function remove(token, button) {
  const { confirmed } = await import("/dialogs.js");
  const { name } = token;
  if (!(await confirmed({ title: say("remove_token_title", { name }), text: say("remove_token_text"), yes: say("t_remove") }))) return;
  if (await attempt(button, () => act(`/api/v1/tokens/${token.id}/remove`))) toast(say("token_removed", { name }));
  await refreshNow();
}

function tokenRow({ token }) {
  const by = [say("t_by", { actor: token.added_by }), token.user && say("t_of", { user: token.user })].filter(Boolean).join(", ");
  return make("tr", {},
    cell("", "", make("strong", { textContent: token.name })),
    cell(say("t_role"), "", sayCode("role_", token.role, token.role)),
    cell(say("t_state"), "", make("span", { className: "state", textContent: sayCode("token_", token.state, token.state), dataset: { level: token.state === "valid" ? "ok" : "bad" } })),
    cell(say("t_expires"), "nowrap", at(token.expires_at)),
    cell(say("t_added"), "", at(token.added_at), make("span", { className: "faint", textContent: by })),
    cell("", "", make("div", { className: "acts" }, actButton(say("t_remove"), "remove", say("remove_token_of", { name: token.name }), (button) => attempt(null, () => remove(token, button))))));
}

export function build(root) {
  const button = make("button", { type: "button", id: "add-token", className: "primary", textContent: say("add_token") });
  button.addEventListener("click", () => attempt(null, () => add(button)));
  const head = make("thead", {}, make("tr", {}, ...["t_name", "t_role", "t_state", "t_expires", "t_added"].map((each) => make("th", { scope: "col", textContent: say(each) })), make("th", {})));
  root.append(make("section", { className: "panel", attributes: { "aria-labelledby": "tokens-title" } },
    make("div", { className: "head" }, make("div", {}, make("h2", { id: "tokens-title", textContent: say("tokens_title") }), make("p", { className: "faint", textContent: say("tokens_text") })), button),
    make("p", { className: "empty", id: "tokens-empty", hidden: true, textContent: say("tokens_empty") }),
    make("div", { className: "scroll" }, make("table", { id: "tokens", className: "cards", hidden: true }, head, make("tbody")))));
}

export async function refresh() {
  const { items } = (await ask("/api/v1/tokens")).body;
  if (!el("tokens")) return;
  el("tokens").hidden = items.length === 0;
  el("tokens-empty").hidden = items.length > 0;
  keepRows(el("tokens").tBodies[0], items.map((token) => ({ token, print: [token, at(token.added_at)] })), ({ token }) => token.id, tokenRow);
}

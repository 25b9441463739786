// Users part: who may log in, with which role; added, given another password, removed.
import { act, ask } from "/api.js";
import { actButton, cell, el, keepRows, make } from "/dom.js";
import { learn, say, sayCode } from "/languages.js";
import { at, refresh as refreshNow, session } from "/shell.js";
import { attempt, toast } from "/toast.js";

learn({
  en: {
    users_title: "Users",
    users_empty: "No user yet. Add the first: nobody can log in before that.",
    users_open: "Access is open: nobody logs in by these until [http] access is \"users\".",
    add_user: "Add a user",
    u_name: "Name",
    u_role: "Role",
    u_added: "Added",
    u_password: "Password set",
    by: "by {actor}",
    set_password: "Set password",
    set_password_of: "Set another password for {name}",
    remove: "Remove",
    remove_user_of: "Remove {name}",
    remove_user_title: "Remove {name}?",
    remove_user_text: "They are logged out at once, and what they did stays in the history.",
    password_rule: "At least 12 characters; several words make a good one.",
    new_password_for: "New password",
    user_added: "{name} can log in now.",
    user_removed: "{name} is removed.",
    password_set: "{name} has another password, and is logged out everywhere.",
    about_viewer: "viewer: studies and their pictures",
    about_operator: "operator: also the outbox, and every button",
    about_auditor: "auditor: sees everything, presses nothing",
    about_admin: "admin: everything, configuration and users too",
    you: "you",
  },
  id: {
    users_title: "Pengguna",
    users_empty: "Belum ada pengguna. Tambahkan yang pertama: sebelum itu tidak ada yang dapat masuk.",
    users_open: "Akses terbuka: pengguna ini belum dipakai sampai [http] access menjadi \"users\".",
    add_user: "Tambah pengguna",
    u_name: "Nama",
    u_role: "Peran",
    u_added: "Ditambahkan",
    u_password: "Kata sandi diatur",
    by: "oleh {actor}",
    set_password: "Atur kata sandi",
    set_password_of: "Atur kata sandi lain untuk {name}",
    remove: "Hapus",
    remove_user_of: "Hapus {name}",
    remove_user_title: "Hapus {name}?",
    remove_user_text: "Ia langsung dikeluarkan; yang pernah dilakukannya tetap ada di riwayat.",
    password_rule: "Minimal 12 karakter; beberapa kata sudah baik.",
    new_password_for: "Kata sandi baru",
    user_added: "{name} sekarang dapat masuk.",
    user_removed: "{name} dihapus.",
    password_set: "{name} punya kata sandi lain, dan dikeluarkan di mana-mana.",
    about_viewer: "pembaca: studi dan gambarnya",
    about_operator: "operator: juga kotak keluar, dan semua tombol",
    about_auditor: "auditor: melihat semuanya, tidak menekan apa pun",
    about_admin: "admin: semuanya, juga konfigurasi dan pengguna",
    you: "Anda",
  },
});

const roles = ["operator", "viewer", "auditor", "admin"];
const password = (word) => ({ name: "password", type: "password", label: say(word), required: true, minLength: 12, maxLength: 1024, autocomplete: "new-password" });
const pathOf = (name, verb) => `/api/v1/users/${encodeURIComponent(name)}/${verb}`;

async function done(button, work, text) {
  if (await attempt(button, work)) toast(text);
  await refreshNow();
}

async function add(button) {
  const { confirmed } = await import("/dialogs.js");
  const said = await confirmed({
    title: say("add_user"),
    text: say("password_rule"),
    fields: [
      { name: "name", label: say("u_name"), required: true, maxLength: 64, pattern: "[A-Za-z0-9._@\\-]+", autocapitalize: "none", spellcheck: false },
      { name: "role", label: say("u_role"), options: roles.map((each) => [each, say(`about_${each}`)]) },
      password("new_password_for"),
    ],
    yes: say("add_user"),
  });
  if (said) await done(button, () => act("/api/v1/users", said), say("user_added", { name: said.name }));
}

async function setPassword(name, button) {
  const { confirmed } = await import("/dialogs.js");
  const said = await confirmed({ title: say("set_password_of", { name }), text: say("password_rule"), fields: [password("new_password_for")], yes: say("set_password") });
  if (said) await done(button, () => act(pathOf(name, "password"), said), say("password_set", { name }));
}

async function remove(name, button) {
  const { confirmed } = await import("/dialogs.js");
  const said = await confirmed({ title: say("remove_user_title", { name }), text: say("remove_user_text"), yes: say("remove") });
  if (said) await done(button, () => act(pathOf(name, "remove")), say("user_removed", { name }));
}

function userRow({ user }) {
  const { name } = user;
  const isYou = session.node.user === name;
  return make("tr", {},
    cell("", "", make("strong", { textContent: name }), isYou && make("span", { className: "faint", textContent: say("you") })),
    cell(say("u_role"), "", sayCode("role_", user.role, user.role)),
    cell(say("u_added"), "", at(user.added_at), make("span", { className: "faint", textContent: say("by", { actor: user.added_by }) })),
    cell(say("u_password"), "nowrap", at(user.password_at)),
    cell("", "", make("div", { className: "acts" }, actButton(say("set_password"), "password", say("set_password_of", { name }), (button) => attempt(null, () => setPassword(name, button))), !isYou && actButton(say("remove"), "remove", say("remove_user_of", { name }), (button) => attempt(null, () => remove(name, button))))));
}

export function build(root) {
  const button = make("button", { type: "button", id: "add-user", className: "primary", textContent: say("add_user") });
  button.addEventListener("click", () => attempt(null, () => add(button)));
  const head = make("thead", {}, make("tr", {}, ...["u_name", "u_role", "u_added", "u_password"].map((each) => make("th", { scope: "col", textContent: say(each) })), make("th", {})));
  root.append(make("section", { className: "panel", attributes: { "aria-labelledby": "users-title" } },
    make("div", { className: "head" }, make("h2", { id: "users-title", textContent: say("users_title") }), button),
    session.node.access === "open" && make("p", { className: "faint", textContent: say("users_open") }),
    make("p", { className: "empty", id: "users-empty", hidden: true, textContent: say("users_empty") }),
    make("div", { className: "scroll" }, make("table", { id: "users", className: "cards", hidden: true }, head, make("tbody")))));
}

export async function refresh() {
  const { items } = (await ask("/api/v1/users")).body;
  if (!el("users")) return;
  el("users").hidden = items.length === 0;
  el("users-empty").hidden = items.length > 0;
  keepRows(el("users").tBodies[0], items.map((user) => ({ user, print: [user, at(user.added_at)] })), ({ user }) => user.name, userRow);
}

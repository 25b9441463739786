// Shell acts: what the menu of every page does: another password, logging out, the list of keys.
import { act } from "/api.js";
import { confirmed, show } from "/dialogs.js";
import { make } from "/dom.js";
import { learn, say } from "/languages.js";
import { mayAs, places } from "/places.js";
import { attempt, toast } from "/toast.js";

learn({
  en: {
    keys_title: "Keys of this page",
    key_go: "go to {place}",
    key_search: "search",
    key_keys: "show the keys",
    old_password: "Present password",
    new_password: "New password",
    new_password_again: "New password again",
    passwords_differ: "The two new passwords differ.",
    password_changed: "The password is changed; other browsers are logged out.",
  },
  id: {
    keys_title: "Tombol di halaman ini",
    key_go: "ke {place}",
    key_search: "cari",
    key_keys: "tampilkan tombol",
    old_password: "Kata sandi sekarang",
    new_password: "Kata sandi baru",
    new_password_again: "Ulangi kata sandi baru",
    passwords_differ: "Kedua kata sandi baru tidak sama.",
    password_changed: "Kata sandi sudah diganti; peramban lain dikeluarkan.",
  },
});

export async function logOut() {
  await act("/logout");
  location.href = "/login.html";
}

export async function changePassword() {
  const password = { type: "password", required: true, maxLength: 1024 };
  const said = await confirmed({
    title: say("change_password"),
    fields: [
      { ...password, name: "old", label: say("old_password"), autocomplete: "current-password" },
      { ...password, name: "password", label: say("new_password"), autocomplete: "new-password" },
      { ...password, name: "again", label: say("new_password_again"), autocomplete: "new-password" },
    ],
    yes: say("change_password"),
  });
  if (!said) return;
  if (said.password !== said.again) return toast(say("passwords_differ"));
  if (await attempt(null, () => act("/password", { old: said.old, password: said.password }))) toast(say("password_changed"));
}

/** `more`: further keys of the page, [[key, words]]. */
export function showKeys(role, more) {
  const rows = places.filter((each) => mayAs(role, each.needs)).map((each) => [`g ${each.key}`, say("key_go", { place: say(`place_${each.name}`) })]);
  if (document.querySelector("[data-search]")) rows.push(["/", say("key_search")]);
  const list = [...rows, ...more, ["?", say("key_keys")]].map(([key, words]) => [make("dt", {}, make("kbd", { textContent: key })), make("dd", { textContent: words })]);
  show(say("keys_title"), make("dl", { className: "keys" }, ...list.flat()));
}

// Door words: what login and set-up say, and how a refusal at the door is told.
import { span } from "/formats.js";
import { say } from "/languages.js";

export const words = {
  en: {
    log_in: "Log in",
    name: "Name",
    password: "Password",
    password_again: "Password again",
    password_hint: "At least 12 characters; a sentence of your own is good.",
    forgotten: "Password forgotten? An admin sets another one on the configuration page, or whoever is at the bridge's machine: dicom-bridge user passwd NAME.",
    wait: "Too many wrong tries. Try again in {span}, or have somebody at the bridge's machine set another password: dicom-bridge user passwd NAME.",
    wrong: "Name or password is wrong.",
    nobody_logs_in: "Nobody logs in here: access is open. Go on to the overview.",
    first_admin: "The first admin",
    first_admin_text: "This bridge has no users yet. Whoever holds this link makes the first one; it works once.",
    no_token: "The link is not whole: open it exactly as the bridge printed it at its start, or run on its machine: dicom-bridge user add NAME --role admin.",
    make_admin: "Make the admin and log in",
    differ: "The two passwords differ.",
  },
  id: {
    log_in: "Masuk",
    name: "Nama",
    password: "Kata sandi",
    password_again: "Ulangi kata sandi",
    password_hint: "Minimal 12 karakter; sebuah kalimat buatan sendiri sudah baik.",
    forgotten: "Lupa kata sandi? Admin dapat menggantinya di halaman konfigurasi, atau siapa pun di komputer bridge: dicom-bridge user passwd NAMA.",
    wait: "Terlalu banyak percobaan salah. Coba lagi dalam {span}, atau minta orang di komputer bridge mengganti kata sandi: dicom-bridge user passwd NAMA.",
    wrong: "Nama atau kata sandi salah.",
    nobody_logs_in: "Tidak perlu login: akses terbuka. Lanjutkan ke ringkasan.",
    first_admin: "Admin pertama",
    first_admin_text: "Bridge ini belum punya pengguna. Pemegang tautan ini membuat yang pertama; tautan hanya berlaku sekali.",
    no_token: "Tautan tidak lengkap: bukalah persis seperti yang dicetak bridge saat mulai, atau jalankan di komputernya: dicom-bridge user add NAMA --role admin.",
    make_admin: "Buat admin dan masuk",
    differ: "Kedua kata sandi tidak sama.",
  },
};

/** Tells a refusal; of one that must wait, counts down, with the button disabled until then. */
export function tellRefusal(problem, shown, button) {
  const text = problem.status === 401 ? say("wrong") : problem.body.state === "open" ? say("nobody_logs_in") : problem.message;
  shown.hidden = false;
  shown.textContent = text;
  if (problem.status !== 429) return;
  const end = performance.now() + 1000 * Math.max(1, problem.retry_s);
  button.disabled = true;
  const count = () => {
    const left_ms = end - performance.now();
    button.disabled = left_ms > 0;
    shown.hidden = left_ms <= 0;
    // Not read out each second: the first sentence was.
    shown.setAttribute("aria-live", "off");
    shown.textContent = say("wait", { span: span(left_ms) });
    if (left_ms > 0) setTimeout(count, 1000);
    else shown.removeAttribute("aria-live");
  };
  count();
}

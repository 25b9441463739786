// Verb words: how a person's verbs on jobs are called.
import { learn } from "/languages.js";

learn({
  en: {
    verb_hold: "Hold",
    verb_release: "Release",
    verb_retry: "Retry",
    verb_cancel: "Cancel",
    verb_resend: "Resend",
    verb_adopt: "Adopt",
    verb_recheck: "Look again",
    verb_verify: "Ask now",
  },
  id: {
    verb_hold: "Tahan",
    verb_release: "Lepas",
    verb_retry: "Coba lagi",
    verb_cancel: "Batalkan",
    verb_resend: "Kirim ulang",
    verb_adopt: "Anggap terkirim",
    verb_recheck: "Periksa lagi",
    verb_verify: "Tanyakan",
  },
});

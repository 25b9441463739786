// Study words: what the page of a study says, in English and in Indonesian. Pure functions; no page.

const english = {
  skip: "Skip to the study",
  studies: "Studies",
  pick: "Look at a study",
  uid: "Study Instance UID",
  show: "Show",
  lately: "Lately received",
  nothing: "Nothing was received yet.",
  series: "Series",
  preview: "Preview, not for diagnosis",
  previous: "Previous image",
  next: "Next image",
  frame: "Frame",
  centre: "Centre",
  width: "Width",
  reset: "Reset",
  preset: "Preset",
  one_to_one: "1:1",
  fit: "Fit",
  more: "More",
  hint: "Wheel or arrow keys: next image or frame. Drag: left and right for the width, up and down for the centre. R: reset. F: fit or 1:1.",
  stage: "Picture",
  deliveries: "Delivered",
  study: "Study",
  image: "Image",
  images: (n) => (n === 1 ? "1 image" : `${n} images`),
  of: (n, m) => `${n} of ${m}`,
  delivered: (name, n, m) => `${name}: ${n} of ${m} delivered`,
  no_destinations: "It goes nowhere: no route took it.",
  born: "born",
  accession: "accession",
  received: "received",
  loading: "Loading …",
  rendering: "The picture is being made …",
  document: "No pixels to show",
  document_text: "A report, a document or the like.",
  purged: "Pixels purged",
  purged_text: "They were delivered, and removed from here afterwards.",
  damaged: "Damaged here",
  damaged_text: "Its bytes are missing or damaged.",
  broken: "No picture can be made of it",
  off: "Previews are off",
  stopped: "The broker is stopped",
  missing: "Not found",
  unreachable: "The bridge does not answer",
  unknown_study: "No such study was received.",
  no_series: "without a Series Instance UID",
  live: "live",
  other_language: "Bahasa Indonesia",
};

const indonesian = {
  skip: "Langsung ke studi",
  studies: "Studi",
  pick: "Lihat sebuah studi",
  uid: "Study Instance UID",
  show: "Tampilkan",
  lately: "Baru diterima",
  nothing: "Belum ada yang diterima.",
  series: "Seri",
  preview: "Pratinjau, bukan untuk diagnosis",
  previous: "Gambar sebelumnya",
  next: "Gambar berikutnya",
  frame: "Bingkai",
  centre: "Pusat",
  width: "Lebar",
  reset: "Atur ulang",
  preset: "Pilihan",
  one_to_one: "1:1",
  fit: "Paskan",
  more: "Lagi",
  hint: "Roda tetikus atau tombol panah: gambar atau bingkai berikutnya. Seret: kiri-kanan untuk lebar, atas-bawah untuk pusat jendela. R: atur ulang. F: paskan atau 1:1.",
  stage: "Gambar",
  deliveries: "Terkirim",
  study: "Studi",
  image: "Gambar",
  images: (n) => `${n} gambar`,
  of: (n, m) => `${n} dari ${m}`,
  delivered: (name, n, m) => `${name}: ${n} dari ${m} terkirim`,
  no_destinations: "Tidak dikirim ke mana pun: tidak ada rute yang cocok.",
  born: "lahir",
  accession: "aksesi",
  received: "diterima",
  loading: "Memuat …",
  rendering: "Gambar sedang dibuat …",
  document: "Tidak ada piksel untuk ditampilkan",
  document_text: "Laporan, dokumen, atau sejenisnya.",
  purged: "Piksel sudah dihapus",
  purged_text: "Sudah terkirim, lalu dihapus dari sini.",
  damaged: "Rusak di sini",
  damaged_text: "Datanya hilang atau rusak.",
  broken: "Gambarnya tidak dapat dibuat",
  off: "Pratinjau dimatikan",
  stopped: "Broker berhenti",
  missing: "Tidak ditemukan",
  unreachable: "Bridge tidak menjawab",
  unknown_study: "Studi seperti itu belum diterima.",
  no_series: "tanpa Series Instance UID",
  live: "langsung",
  other_language: "English",
};

export const languages = { en: english, id: indonesian };

/** "Doe^Jane^^Dr." as people write it: "Doe, Jane Dr."; of several spellings the first (PS3.5 6.2.1). */
export function personName(text) {
  const [family, ...rest] = (text ?? "").split("=")[0].split("^").map((each) => each.trim());
  const others = rest.filter(Boolean).join(" ");
  return [family, others].filter(Boolean).join(", ");
}

/** "20260115" as 2026-01-15; anything else as it is. */
export function dicomDate(text) {
  return /^\d{8}$/.test(text ?? "") ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : (text ?? "");
}

/** What to say instead of a picture: {icon, title, text, again_ms}. `again_ms`: ask again by itself after that. */
export function whyNot(words, answer) {
  const detail = answer.detail ?? "";
  switch (answer.status) {
    case 0:
      return { icon: "wait", title: words.unreachable, text: "", again_ms: 3000 };
    case 404:
      return { icon: "none", title: answer.reason === "off" ? words.off : words.missing, text: detail };
    case 406:
      return { icon: "document", title: words.document, text: words.document_text };
    case 409:
      return answer.state === "stopped"
        ? { icon: "none", title: words.stopped, text: detail }
        : { icon: "broken", title: words.damaged, text: words.damaged_text };
    case 410:
      return { icon: "none", title: words.purged, text: words.purged_text };
    case 503:
      return { icon: "wait", title: words.rendering, text: "", again_ms: 1000 * Math.max(1, answer.retry_s || 2) };
    default:
      return { icon: "broken", title: words.broken, text: detail };
  }
}

/** The same for what a list already says of an instance; null: ask for its picture. */
export function knownWhyNot(words, instance) {
  if (instance.blob_state === "purged" || instance.blob_state === "purging") return whyNot(words, { status: 410 });
  if (instance.blob_state === "damaged") return whyNot(words, { status: 409 });
  if (!instance.has_pixels) return whyNot(words, { status: 406 });
  return null;
}

/** Paths of the icons that stand where a picture would. */
export const icons = {
  document: "M6 2h8l6 6v14H6zm7 1.5V9h5.5zM8 12h10v1.6H8zm0 3.4h10V17H8zm0 3.4h7v1.6H8z",
  broken: "M4 4h16v9l-4-3-3 4-4-3-5 4zm0 13 5-4 4 3 3-4 4 3v5H4z",
  none: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 2a8 8 0 0 1 4.9 1.7L5.7 16.9A8 8 0 0 1 12 4zm0 16a8 8 0 0 1-4.9-1.7L18.3 7.1A8 8 0 0 1 12 20z",
  wait: "M6 2h12v5l-4 5 4 5v5H6v-5l4-5-4-5zm2 2v2l4 5 4-5V4zm4 9-4 5v2h8v-2z",
};

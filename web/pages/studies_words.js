// Studies words: the fixed texts of the list of studies.

export const words = {
  en: {
    studies_title: "Studies received, the newest first",
    f_q: "Search",
    f_q_hint: "name, ID, accession, UID, description",
    f_patient: "Patient ID",
    f_accession: "Accession number",
    f_modality: "Modality",
    f_date: "Study or arrival date",
    find: "Find",
    clear: "Clear",
    more_rows: "More",
    no_studies: "Nothing was received yet: send images from a scanner, and they are here as soon as they are safe on disk.",
    no_match: "No study matches. Loosen the search, or clear it.",
    goes_nowhere: "no route took it",
  },
  id: {
    studies_title: "Studi yang diterima, yang terbaru dahulu",
    f_q: "Cari",
    f_q_hint: "nama, ID, aksesi, UID, deskripsi",
    f_patient: "ID pasien",
    f_accession: "Nomor aksesi",
    f_modality: "Modalitas",
    f_date: "Tanggal studi atau diterima",
    find: "Cari",
    clear: "Bersihkan",
    more_rows: "Lagi",
    no_studies: "Belum ada yang diterima: kirim gambar dari alat pencitraan, dan gambar itu ada di sini segera setelah aman di disk.",
    no_match: "Tidak ada studi yang cocok. Longgarkan pencarian, atau bersihkan.",
    goes_nowhere: "tidak ada rute yang cocok",
  },
};

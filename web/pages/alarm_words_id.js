// Alarm words in Indonesian: what the bridge raised, and what to do about it.
import { learn } from "/languages.js";

learn({
  id: {
    alarm_disk_full_within: "dengan laju sekarang disk akan penuh dalam waktu dekat",
    alarm_hint_disk_full_within: "kosongkan ruang sebelum itu, atau beri spool disk yang lebih besar",
    alarm_silent_sender: "{subject} sudah lama tidak mengirim apa pun",
    alarm_hint_silent_sender: "periksa apakah alat itu mati, atau tidak dapat mencapai bridge ini",
    alarm_certificate_expires_within: "sertifikat {subject} segera berakhir atau sudah berakhir",
    alarm_hint_certificate_expires_within: "ganti dengan yang baru, lalu dicom-bridge reload",
    alarm_clock_skew: "jam komputer ini berbeda dari jam {n} server lain",
    alarm_hint_clock_skew: "setel jamnya, dan pastikan ada layanan waktu yang menjaganya",
    alarm_refusing: "tidak ada gambar yang diterima",
    alarm_hint_refusing: "kosongkan ruang, atau perbaiki penyimpanan; alat akan mengirim lagi yang ditolak",
    alarm_held: "{subject} menunggu seseorang",
    alarm_hint_held: "perbaiki penyebabnya, lalu lepas tugasnya",
    alarm_uplink: "{n} tujuan di luar gagal bersamaan: koneksi keluar Anda",
    alarm_hint_uplink: "periksa dulu jalur keluar: router, penyedia, proxy, server nama",
    alarm_forgotten_pause: "{subject} sudah lama dijeda",
    alarm_hint_forgotten_pause: "lanjutkan, atau keluarkan dari rute",
    alarm_breaker_open: "{subject} sudah lama gagal",
    alarm_hint_breaker_open: "tombol Diagnosis memeriksa jalannya langkah demi langkah",
    alarm_oldest_undelivered: "sebuah gambar untuk {subject} sudah terlalu lama dalam perjalanan",
    alarm_hint_oldest_undelivered: "periksa apakah tujuannya gagal, atau hanya lambat",
  },
});

// Bulk: one verb on many jobs, with the count first, a confirmation that names it, and progress. Loaded at the first.
import { act } from "/api.js";
import { confirmed, withProgress } from "/dialogs.js";
import { learn, say } from "/languages.js";
import { attempt, toast } from "/toast.js";

const noun = (verb) => ({ one: `${verb} 1 job`, other: `${verb} {n} jobs` });
const verbs = ["hold", "release", "retry", "cancel", "resend", "adopt", "recheck", "verify"];

learn({
  en: {
    ...Object.fromEntries(verbs.map((verb) => [`bulk_${verb}`, noun(verb[0].toUpperCase() + verb.slice(1))])),
    bulk_recheck: noun("Look again at"),
    bulk_verify: noun("Ask about"),
    about_hold: "They are not sent until somebody releases them.",
    about_release: "They are sent as soon as it is their turn.",
    about_retry: "They are due now, a few per second.",
    about_cancel: "They will not be sent. The images stay here, and the jobs can be resent later.",
    about_resend: "They are sent once more, even what was delivered.",
    about_adopt: "They count as delivered, on your word that the destination has them.",
    about_recheck: "What waits for an accession number or an order is looked at at once.",
    about_verify: "The destination is asked what it has; nothing is sent.",
    nothing_to_do: "None of these jobs can be treated so now.",
    bulk_done: { one: "1 job changed.", other: "{n} jobs changed." },
    bulk_some: "{changed} of {n} jobs changed; the others were no longer as they were.",
  },
  id: {
    bulk_hold: "Tahan {n} tugas",
    bulk_release: "Lepas {n} tugas",
    bulk_retry: "Coba lagi {n} tugas",
    bulk_cancel: "Batalkan {n} tugas",
    bulk_resend: "Kirim ulang {n} tugas",
    bulk_adopt: "Anggap terkirim {n} tugas",
    bulk_recheck: "Periksa lagi {n} tugas",
    bulk_verify: "Tanyakan {n} tugas",
    about_hold: "Tidak dikirim sampai ada yang melepasnya.",
    about_release: "Dikirim begitu tiba gilirannya.",
    about_retry: "Dikirim sekarang, beberapa per detik.",
    about_cancel: "Tidak akan dikirim. Gambarnya tetap di sini dan tugasnya dapat dikirim ulang.",
    about_resend: "Dikirim sekali lagi, juga yang sudah terkirim.",
    about_adopt: "Dihitung terkirim, atas jaminan Anda bahwa tujuan memilikinya.",
    about_recheck: "Yang menunggu nomor aksesi atau order langsung diperiksa.",
    about_verify: "Tujuan ditanya apa yang dimilikinya; tidak ada yang dikirim.",
    nothing_to_do: "Tidak ada tugas yang dapat diperlakukan begitu sekarang.",
    bulk_done: "{n} tugas berubah.",
    bulk_some: "{changed} dari {n} tugas berubah; yang lain sudah tidak seperti tadi.",
  },
});

const between_looks_ms = 700;
// Verbs after which a job is no longer one that they apply to: then what is left tells how far it is.
const uses_up = ["hold", "release", "cancel", "resend", "adopt"];

const count = async (action, filter) => (await act("/api/v1/jobs/actions", { action, filter, dry_run: true })).count;

async function confirm(action, n, where) {
  return confirmed({
    title: `${say(`bulk_${action}`, { n })}?`,
    text: [where, say(`about_${action}`)],
    fields: [{ name: "note", label: say("note_label"), required: action === "cancel" || action === "adopt" }],
    yes: say(`bulk_${action}`, { n }),
  });
}

function tell(changed, n) {
  toast(changed === n ? say("bulk_done", { n }) : say("bulk_some", { changed, n }));
}

/** Tells how much is left while `work` runs, where that can be seen. */
async function watched(work, action, filter, n, progress) {
  let isDone = false;
  const ended = work.finally(() => (isDone = true)).catch(() => {});
  while (!isDone && uses_up.includes(action)) {
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, between_looks_ms))]);
    if (!isDone) await count(action, filter).then((left) => progress(n - left, n), () => {});
  }
  return work;
}

/** By filter. `where`: the filter in words. True where something was changed. */
export async function actOnFilter(action, filter, where, button) {
  const n = await attempt(button, () => count(action, filter));
  if (n === null) return false;
  if (n === 0) {
    toast(say("nothing_to_do"));
    return false;
  }
  const said = await confirm(action, n, where);
  if (!said) return false;
  const body = { action, filter, ...(said.note && { note: said.note }) };
  const done = await attempt(button, () =>
    withProgress(say(`bulk_${action}`, { n }), (progress) => watched(act("/api/v1/jobs/actions", body), action, filter, n, progress)));
  if (done) tell(done.changed, n);
  return done !== null;
}

/** On those jobs that somebody picked. */
export async function actOnPicked(action, ids, button) {
  const n = ids.length;
  const said = await confirm(action, n, "");
  if (!said) return false;
  let changed = 0;
  await attempt(button, () =>
    withProgress(say(`bulk_${action}`, { n }), async (progress) => {
      for (const [at, id] of ids.entries()) {
        progress(at, n);
        // One that is no longer as it was is for the sum to tell, not a reason to stop.
        await act(`/api/v1/jobs/${id}/${action}`, said.note ? { note: said.note } : {}).then(() => (changed += 1), (problem) => {
          if (problem.status !== 409) throw problem;
        });
      }
    }));
  tell(changed, n);
  return true;
}

// Destination buttons: what may be done with a destination; each does it as destination_acts.js has it.
import { actButton, make } from "/dom.js";
import { learn, say } from "/languages.js";
import { session } from "/shell.js";
import { attempt } from "/toast.js";

learn({
  en: {
    resume: "Resume",
    try_now: "Try now",
    pause: "Pause",
    echo: "Echo",
    diagnose: "Diagnose",
    move: "Move what is left …",
    backfill: "Backfill …",
    more_acts: "More",
    more_of: "More for {name}",
    resume_of: "Resume {name}",
    try_of: "Try {name} now",
    pause_of: "Pause {name}",
    echo_of: "Ask {name} whether it answers",
    diagnose_of: "Diagnose {name}",
  },
  id: {
    resume: "Lanjutkan",
    try_now: "Coba sekarang",
    pause: "Jeda",
    echo: "Echo",
    diagnose: "Diagnosis",
    move: "Pindahkan sisanya …",
    backfill: "Isi susulan …",
    more_acts: "Lainnya",
    more_of: "Lainnya untuk {name}",
    resume_of: "Lanjutkan {name}",
    try_of: "Coba {name} sekarang",
    pause_of: "Jeda {name}",
    echo_of: "Tanya apakah {name} menjawab",
    diagnose_of: "Diagnosis {name}",
  },
});

function menu(name, run) {
  const items = [
    actButton(say("move"), "move", "", run("move")),
    actButton(say("backfill"), "backfill", "", run("backfill")),
  ];
  return make("details", { className: "menu" }, make("summary", { textContent: say("more_acts"), attributes: { "aria-label": say("more_of", { name }) }, dataset: { act: "more" } }), make("div", {}, ...items));
}

/** The buttons of a destination, for whoever may press them. `destinations`: all, for where things can be moved to. */
export function destinationButtons(destination, destinations) {
  if (!session.node || !destination.is_configured) return [];
  const { name } = destination;
  const isPaused = destination.state === "paused";
  const run = (verb) => (button) => attempt(null, async () => (await import("/destination_acts.js"))[verb](name, destinations, button));
  const goOn = isPaused ? actButton(say("resume"), "resume", say("resume_of", { name }), run("resume")) : actButton(say("try_now"), "resume", say("try_of", { name }), run("resume"));
  if (isPaused) goOn.className = "primary";
  return [
    destination.state !== "ok" && goOn,
    !isPaused && actButton(say("pause"), "pause", say("pause_of", { name }), run("pause")),
    actButton(say("echo"), "echo", say("echo_of", { name }), run("echo")),
    actButton(say("diagnose"), "diagnose", say("diagnose_of", { name }), run("diagnose")),
    menu(name, run),
  ].filter(Boolean);
}

// Destination row: how one destination stands: state, counts, pace, words and buttons.
import { withQuery } from "/api.js";
import { destinationButtons } from "/destination_buttons.js";
import { draw, make } from "/dom.js";
import { learn, plain, say } from "/languages.js";
import { canAct } from "/shell.js";

learn({
  en: {
    state_ok: "ok",
    state_failing: "failing",
    state_paused: "paused",
    state_stopped: "held",
    state_removed: "removed",
    breaker_open: "breaker open",
    breaker_half_open: "trying one",
    recent_label: "Delivered per minute in the last hour; at most {most}, now {now}",
  },
  id: {
    state_ok: "baik",
    state_failing: "gagal",
    state_paused: "dijeda",
    state_stopped: "berhenti",
    state_removed: "dihapus",
    breaker_open: "pemutus terbuka",
    breaker_half_open: "mencoba satu",
    recent_label: "Terkirim per menit dalam satu jam terakhir; paling banyak {most}, sekarang {now}",
  },
});

const levels = { ok: "ok", failing: "bad", held: "bad", paused: "warn" };
const breakers = ["open", "half_open"];

function stateWord(destination) {
  if (!destination.is_configured) return say("state_removed");
  return say(destination.state === "held" ? "state_stopped" : `state_${destination.state}`);
}

/** A count leads to its list. */
function count(destination, state, n, isAlert = false) {
  const filter = { destination: destination.name, state: state === "waiting" ? "queued" : state };
  const number = n > 0 ? make("a", { href: withQuery("/outbox.html", filter), textContent: plain(n), dataset: { act: `list_${state}` } }) : plain(n);
  return make("div", { className: n === 0 ? "zero" : isAlert ? "alert" : "" }, make("dt", { textContent: say(`state_${state}`) }), make("dd", {}, number));
}

const wide = 120;
const high = 28;

/** The last hour, a bar each minute. */
export function sparkline(recent) {
  const most = Math.max(...recent, 1);
  const step = wide / recent.length;
  const bars = recent.map((n, at) => {
    const height = n === 0 ? 1 : Math.max(2, (n / most) * high);
    return draw("rect", { x: (at * step).toFixed(1), y: (high - height).toFixed(1), width: (step * 0.75).toFixed(2), height: height.toFixed(1), class: n === 0 ? "none" : "some" });
  });
  const label = say("recent_label", { most: Math.max(...recent), now: recent[recent.length - 1] });
  return draw("svg", { viewBox: `0 0 ${wide} ${high}`, class: "spark", role: "img", "aria-label": label, preserveAspectRatio: "none" }, ...bars);
}

export function destinationRow({ destination, words, all }) {
  const { jobs } = destination;
  const who = make("div", { className: "who" },
    make("a", { className: "name", href: withQuery("/outbox.html", { destination: destination.name }), textContent: destination.name, dataset: { act: "name" } }),
    make("span", { className: "state", textContent: stateWord(destination), dataset: { state: destination.state, level: destination.is_configured ? levels[destination.state] : "off" } }),
    breakers.includes(destination.breaker) && make("span", { className: "state", textContent: say(`breaker_${destination.breaker}`), dataset: { level: "warn" } }),
    make("span", { className: "kind", textContent: destination.kind }));
  const counts = make("dl", { className: "counts" },
    count(destination, "queued", jobs.queued - jobs.waiting),
    count(destination, "waiting", jobs.waiting),
    count(destination, "sending", jobs.sending),
    count(destination, "uncertain", jobs.uncertain),
    count(destination, "held", jobs.held, true),
    count(destination, "delivered", jobs.delivered),
    jobs.cancelled > 0 && count(destination, "cancelled", jobs.cancelled));
  const lines = words.map((line) => make("p", { className: line.kind, textContent: line.text }));
  const pace = destination.recent?.length > 0 && sparkline(destination.recent);
  return make("li", { className: "destination" }, who, counts, make("div", { className: "words" }, ...lines), pace, canAct() && make("div", { className: "acts" }, ...destinationButtons(destination, all)));
}

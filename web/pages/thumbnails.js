// Thumbnails: small pictures that load when they come into sight, a few at a time, and say why where there is none.
import { draw, make } from "/dom.js";
import { decoded, fetchPicture } from "/pictures.js";
import { icons, whyNot } from "/study_words.js";

// A browser has six connections to one host: the large picture and the answers of the API need some of them.
const at_once_max = 3;
const tries_max = 20;

export function icon(name) {
  return draw("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, draw("path", { d: icons[name] }));
}

const waiting = [];
let running = 0;

function pump() {
  while (running < at_once_max && waiting.length > 0) {
    const thumbnail = waiting.shift();
    if (!thumbnail.isConnected) continue;
    running += 1;
    load(thumbnail).finally(() => {
      running -= 1;
      pump();
    });
  }
}

const sight = new IntersectionObserver(
  (seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      sight.unobserve(target);
      waiting.push(target);
    }
    pump();
  },
  { rootMargin: "200px" },
);

const tags = new WeakMap(); // of the picture that a thumbnail shows
const tries = new WeakMap();

async function load(thumbnail) {
  const got = await fetchPicture(thumbnail.dataset.path, tags.get(thumbnail)).catch(() => ({ problem: { status: 0 } }));
  if (got.isSame) return;
  if (got.problem) return failed(thumbnail, got.problem);
  const image = await decoded(got.bytes);
  if (!image) return failed(thumbnail, { status: 422 });
  // An image that is decoded stays without its URL.
  URL.revokeObjectURL(image.src);
  Object.assign(image, { alt: "", draggable: false });
  show(thumbnail, image, got.tag);
}

function show(thumbnail, image, tag) {
  tags.set(thumbnail, tag);
  thumbnail.dataset.state = "shown";
  thumbnail.title = "";
  thumbnail.replaceChildren(image);
}

/** What will be ready later is asked for again; what stands there stays meanwhile. */
function failed(thumbnail, problem) {
  const why = whyNot(problem);
  const tried = (tries.get(thumbnail) ?? 0) + 1;
  tries.set(thumbnail, tried);
  if (why.again_ms && tried < tries_max) {
    setTimeout(() => {
      waiting.push(thumbnail);
      pump();
    }, why.again_ms);
    if (thumbnail.hasChildNodes()) return;
  }
  stand(thumbnail, why);
}

function stand(thumbnail, why) {
  tags.delete(thumbnail);
  thumbnail.dataset.state = why.icon === "wait" ? "wait" : "none";
  const text = [why.title, why.text].filter(Boolean).join(": ");
  thumbnail.title = text;
  thumbnail.replaceChildren(icon(why.icon), make("span", { className: "why", textContent: why.title }));
}

/** A picture of that path when it comes into sight; `why`: known to have none. */
export function thumbnail(path, why = null) {
  const made = make("span", { className: "thumbnail", dataset: { path, state: "wait" } });
  if (why) stand(made, why);
  else sight.observe(made);
  return made;
}

/** The one that takes another's place shows its picture until its own has come. */
export function inheritPicture(fresh, old) {
  const image = old?.querySelector("img");
  if (image && fresh && !fresh.hasChildNodes()) show(fresh, image, tags.get(old));
}

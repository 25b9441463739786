// Thumbnails: small pictures that load when they come into sight, a few at a time, and say why where there is none.
import { icons, whyNot } from "/study_words.js";

// A browser has six connections to one host: the large picture and the answers of the API need some of them.
const at_once_max = 3;
const tries_max = 20;

export function make(name, properties = {}, ...children) {
  const made = document.createElement(name);
  const { dataset, ...rest } = properties;
  Object.assign(made, rest);
  Object.assign(made.dataset, dataset ?? {});
  made.append(...children);
  return made;
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const drawn = document.createElementNS(space, "svg");
  drawn.setAttribute("viewBox", "0 0 24 24");
  drawn.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", icons[name]);
  drawn.append(path);
  return drawn;
}

/** The answer that a picture didn't come with, as whyNot takes it; null: it came. */
export async function problemOf(answer) {
  if (answer.ok) return null;
  const said = await answer.json().catch(() => ({}));
  return { status: answer.status, detail: said.detail, reason: said.reason, state: said.state, retry_s: Number(answer.headers.get("Retry-After")) };
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

function came(image, path) {
  return new Promise((resolve) => {
    image.onload = () => resolve(true);
    image.onerror = () => resolve(false);
    image.src = path;
  });
}

const tries = new WeakMap();

async function load(thumbnail) {
  const image = make("img", { alt: "", draggable: false });
  if (await came(image, thumbnail.dataset.path)) {
    thumbnail.dataset.state = "shown";
    thumbnail.replaceChildren(image);
    return;
  }
  // An image tells nothing of why it failed: ask once more for the words.
  const answer = await fetch(thumbnail.dataset.path, { cache: "no-store" }).catch(() => null);
  const problem = answer ? await problemOf(answer) : { status: 0 };
  const words = thumbnail.words;
  const why = problem ? whyNot(words, problem) : { icon: "wait", title: words.rendering, again_ms: 200 };
  const tried = (tries.get(thumbnail) ?? 0) + 1;
  tries.set(thumbnail, tried);
  if (why.again_ms && tried < tries_max) {
    setTimeout(() => {
      waiting.push(thumbnail);
      pump();
    }, why.again_ms);
    if (thumbnail.dataset.state === "wait") return;
  }
  stand(thumbnail, why);
}

function stand(thumbnail, why) {
  thumbnail.dataset.state = why.icon === "wait" ? "wait" : "none";
  const text = [why.title, why.text].filter(Boolean).join(": ");
  thumbnail.title = text;
  thumbnail.replaceChildren(icon(why.icon), make("span", { className: "why", textContent: why.title }));
}

/** A picture of that path when it comes into sight; `why`: known to have none. */
export function thumbnail(words, path, why = null) {
  const made = make("span", { className: "thumbnail", dataset: { path, state: "wait" } });
  made.words = words;
  if (why) stand(made, why);
  else sight.observe(made);
  return made;
}

// Viewer: one instance large: its frames, its window, and why there is no picture where there is none.
import { el } from "/dom.js";
import { say } from "/languages.js";
import { decoded, fetchPicture } from "/pictures.js";
import { icons, knownWhyNot, whyNot } from "/study_words.js";

const pause_ms = 90; // between two pictures while somebody scrolls through many

/** The header "40,400,linear"; null where no window was applied. */
function readWindow(text) {
  const [centre, width, shape] = (text ?? "").split(",");
  return shape ? { centre: Number(centre), width: Number(width), shape } : null;
}

const rounded = (value) => Number(value.toPrecision(6));

export class Viewer {
  /** `step(by)`: somebody wants the next instance, or the one before. */
  constructor(step) {
    this.step = step;
    this.path = null; // of the instance
    this.instance = null;
    this.label = "";
    this.frame = 0; // 0: the one that stands for the instance
    this.frames = 1;
    this.applied = null; // the window in the picture
    this.pictured = null; // which picture is to be seen: {target, tag, path, label, frame, frames}, not the one that is awaited
    this.wanted = null; // the window that somebody set; null: the instance's own
    this.url = null;
    this.request = null;
    this.isDue = false;
    this.timer = 0;
    this.last = 0;
    this.isFit = true;
    // The picture does not wait for them.
    this.presets = import("/presets.js").then(({ Presets }) => new Presets((window) => this.choose(window)));
    this.scale(true);
    // There is nothing to turn or drag before the first picture.
    import("/viewer_input.js").then(({ listen }) => listen(this));
  }

  /** Other words from now on. */
  speak(label) {
    this.label = label;
    if (this.pictured?.path === this.path) this.pictured = { ...this.pictured, label };
    this.scale(this.isFit);
    if (!this.path) return;
    this.showTools();
    if (el("picture").hidden) this.refresh();
  }

  /** Another instance; the window stays where it is of the same series, as in a stack. */
  show(path, instance, label, keepsWindow) {
    if (path === this.path) return;
    this.path = path;
    this.instance = instance;
    this.label = label;
    this.frame = 0;
    this.frames = 1;
    if (!keepsWindow) this.wanted = null;
    this.abort();
    this.showTools();
    const why = knownWhyNot(instance);
    if (why) this.notice(why);
    else this.ask();
  }

  /** A picture must never be taken for the one that is still on its way: it is dimmed, and keeps its own words. */
  isStale() {
    return this.pictured !== null && this.pictured.path !== this.path;
  }

  /** The same instance once more: a newer version came, or other words are spoken. */
  refresh(instance = this.instance) {
    this.instance = instance;
    this.abort();
    const why = knownWhyNot(instance);
    if (why) this.notice(why);
    else this.ask();
  }

  abort() {
    this.request?.abort();
    this.request = null;
    delete el("stage").dataset.busy;
    clearTimeout(this.timer);
    this.timer = 0;
    this.isDue = false;
  }

  /** Asks for what is wanted now: at once, or when the picture before has come. One request at a time. */
  ask() {
    if (this.request) {
      this.isDue = true;
      return;
    }
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.load();
    }, Math.max(0, this.last + pause_ms - performance.now()));
  }

  askAfter(delay_ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.load();
    }, delay_ms);
  }

  target() {
    const { centre, width, shape } = this.wanted ?? {};
    const query = this.wanted ? `?window=${encodeURIComponent(`${centre},${width},${shape}`)}` : "";
    return `${this.path}${this.frame > 0 ? `/frames/${this.frame}` : ""}/rendered${query}`;
  }

  async load() {
    const request = new AbortController();
    this.request = request;
    this.last = performance.now();
    if (el("picture").hidden) this.notice({ icon: "wait", title: say("loading"), text: "" });
    el("stage").dataset.busy = "yes";
    try {
      const target = this.target();
      const got = await fetchPicture(target, this.pictured?.target === target ? this.pictured.tag : "", request.signal);
      if (got.problem) this.failed(whyNot(got.problem));
      else await this.came(got, target, request.signal);
    } catch (error) {
      if (request.signal.aborted) return;
      this.failed(whyNot({ status: 0 }));
    } finally {
      if (this.request === request) {
        this.request = null;
        delete el("stage").dataset.busy;
        if (this.isDue) {
          this.isDue = false;
          clearTimeout(this.timer);
          this.timer = 0;
          this.ask();
        }
      }
    }
  }

  failed(why) {
    this.notice(why);
    if (why.again_ms) this.askAfter(why.again_ms);
  }

  /** The picture, its words and its window change in one go, when it can be seen at once: none is ever under another's words. */
  async came({ isSame, bytes, tag, headers }, target, signal) {
    const image = isSame ? null : await decoded(bytes);
    if (signal.aborted) {
      if (image) URL.revokeObjectURL(image.src);
      return;
    }
    if (!isSame && !image) return this.failed(whyNot({ status: 422 }));
    const picture = el("picture");
    if (image) {
      picture.src = image.src;
      if (this.url) URL.revokeObjectURL(this.url);
      this.url = image.src;
    }
    const frame = Number(headers.get("Dicom-Bridge-Frame")) || 1;
    this.frames = Number(headers.get("Dicom-Bridge-Frames")) || 1;
    // Where somebody has moved on meanwhile, the slider is theirs.
    if (this.frame === 0) this.frame = frame;
    this.applied = readWindow(headers.get("Dicom-Bridge-Window"));
    if (!this.applied) this.wanted = null;
    this.pictured = { target, tag, path: this.path, label: this.label, frame, frames: this.frames };
    el("notice").hidden = true;
    picture.hidden = false;
    this.showTools();
  }

  notice({ icon, title, text }) {
    el("picture").hidden = true;
    this.pictured = null;
    el("notice").hidden = false;
    el("notice").dataset.icon = icon;
    el("notice-icon").firstElementChild.setAttribute("d", icons[icon]);
    el("notice-title").textContent = title;
    el("notice-text").textContent = text;
    if (icon !== "wait") this.applied = null;
    this.showTools();
  }

  showTools() {
    const frame = Math.max(1, this.frame);
    el("frames").hidden = this.frames < 2;
    el("frame").max = String(this.frames);
    el("frame").value = String(frame);
    el("frame-number").textContent = say("of", { n: frame, m: this.frames });
    const shown = this.wanted ?? this.applied;
    el("window").hidden = !shown;
    if (shown && !el("window").contains(document.activeElement)) {
      el("centre").value = String(rounded(shown.centre));
      el("width").value = String(rounded(shown.width));
    }
    if (shown && this.pictured?.path === this.path) this.presets.then((presets) => presets.show(this.instance).then(() => presets.mark(this.wanted ?? this.applied)));
    const told = this.pictured ?? { label: this.label, frame, frames: this.frames };
    const where = told.frames > 1 ? `${told.label} · ${say("frame")} ${say("of", { n: told.frame, m: told.frames })}` : told.label;
    el("stage").dataset.stale = this.isStale() ? "yes" : "no";
    el("where").textContent = this.isStale() ? `${where} → ${this.label} …` : where;
    el("picture").alt = `${say("preview")}: ${where}`;
  }

  goToFrame(frame) {
    const to = Math.min(this.frames, Math.max(1, frame));
    if (to === this.frame) return;
    this.frame = to;
    this.showTools();
    this.ask();
  }

  /** A multi-frame instance is gone through to its end, then the next one comes. */
  move(by) {
    const to = Math.max(1, this.frame) + by;
    if (this.frames > 1 && to >= 1 && to <= this.frames) this.goToFrame(to);
    else this.step(by);
  }

  setWindow(centre, width) {
    const shape = (this.wanted ?? this.applied)?.shape;
    if (!shape || !Number.isFinite(centre) || !Number.isFinite(width)) return;
    const least = shape === "linear" ? 1 : 0.001;
    this.wanted = { centre: rounded(centre), width: Math.max(least, rounded(width)), shape };
    this.showTools();
    this.ask();
  }

  choose(window) {
    this.wanted = { centre: window.centre, width: window.width, shape: window.shape };
    this.showTools();
    this.ask();
  }

  reset() {
    if (!this.wanted) return;
    this.wanted = null;
    this.ask();
  }

  scale(isFit) {
    this.isFit = isFit;
    el("stage").dataset.scale = isFit ? "fit" : "one";
    el("scale").textContent = isFit ? say("one_to_one") : say("fit");
    el("scale").setAttribute("aria-pressed", String(!isFit));
  }
}

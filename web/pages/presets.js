// Presets: the windows that the instance shown names itself, by what they are for, to choose from.
import { headers } from "/api.js";
import { el } from "/dom.js";

export class Presets {
  /** `choose({centre, width, shape})`: somebody chose one. */
  constructor(choose) {
    this.of = null; // the instance and its version whose windows these are
    this.windows = [];
    el("preset").addEventListener("change", () => {
      const { value } = el("preset");
      if (value !== "" && this.windows[Number(value)]) choose(this.windows[Number(value)]);
    });
  }

  /** Asks once for each instance. One that names none, or a single one without a word for it, has nothing to choose. */
  async show({ sop_instance_uid: uid, version }) {
    const of = `${uid} ${version}`;
    if (of === this.of) return;
    this.of = of;
    this.windows = [];
    el("presets").hidden = true;
    const windows = await this.ask(uid);
    if (of !== this.of) return;
    if (!windows) this.of = null; // asked again with the next picture
    this.windows = windows ?? [];
    el("preset").replaceChildren(new Option("", ""), ...this.windows.map(({ name }, number) => new Option(name, String(number))));
    el("presets").hidden = this.windows.length === 0 || (this.windows.length === 1 && !this.windows[0].isNamed);
  }

  async ask(uid) {
    try {
      const answer = await fetch(`/api/v1/instances/${encodeURIComponent(uid)}/windows`, { headers: headers() });
      if (!answer.ok) return answer.status === 503 ? null : [];
      return (await answer.json()).items.map(({ window, centre, width, explanation }) => ({
        centre, width, shape: window.split(",")[2], name: explanation ?? `${centre} / ${width}`, isNamed: explanation !== null }));
    } catch {
      return null; // the picture is shown without them
    }
  }

  /** Which of them is applied; none: somebody dragged it elsewhere. */
  mark(applied) {
    const number = this.windows.findIndex((each) => applied && each.centre === applied.centre && each.width === applied.width);
    el("preset").value = number < 0 ? "" : String(number);
  }
}

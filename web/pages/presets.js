// Presets: the windows that the instance shown names itself, by what they are for, to choose from.

const el = (id) => document.getElementById(id);

export class Presets {
  /** `choose({centre, width, shape})`: somebody chose one. */
  constructor(choose) {
    this.uid = null; // of the instance whose windows these are
    this.windows = [];
    el("preset").addEventListener("change", () => {
      const chosen = this.windows[Number(el("preset").value)];
      if (chosen) choose(chosen);
    });
  }

  /** Asks once for each instance. One that names none, or a single one without a word for it, has nothing to choose. */
  async show(uid) {
    if (uid === this.uid) return;
    this.uid = uid;
    const windows = await this.ask(uid);
    if (uid !== this.uid) return;
    this.windows = windows;
    el("preset").replaceChildren(new Option("", ""), ...windows.map(({ name }, number) => new Option(name, String(number))));
    el("presets").hidden = windows.length === 0 || (windows.length === 1 && !windows[0].isNamed);
  }

  async ask(uid) {
    try {
      const answer = await fetch(`/api/v1/instances/${encodeURIComponent(uid)}/windows`);
      if (!answer.ok) return [];
      return (await answer.json()).items.map(({ window, centre, width, explanation }) => ({
        centre, width, shape: window.split(",")[2], name: explanation ?? `${centre} / ${width}`, isNamed: explanation !== null }));
    } catch {
      return []; // the picture is shown without them
    }
  }

  /** Which of them is applied; none: somebody dragged it elsewhere. */
  mark(applied) {
    const number = this.windows.findIndex((each) => applied && each.centre === applied.centre && each.width === applied.width);
    el("preset").value = number < 0 ? "" : String(number);
  }
}

// Viewer input: buttons, keys, wheel and drags, as what they ask of the viewer.
import { el } from "/dom.js";

function pressed(viewer, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  const acts = {
    PageDown: () => viewer.step(1),
    PageUp: () => viewer.step(-1),
    Home: () => viewer.goToFrame(1),
    End: () => viewer.goToFrame(viewer.frames),
    r: () => viewer.reset(),
    f: () => viewer.scale(!viewer.isFit),
  };
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // At 1:1 the arrows go through the picture.
  if (key in steps && viewer.isFit) viewer.move(steps[key]);
  else if (key in acts) acts[key]();
  else return;
  event.preventDefault();
}

function listenToWheel(viewer) {
  let turned = 0;
  el("stage").addEventListener(
    "wheel",
    (event) => {
      if (!viewer.isFit || event.ctrlKey) return;
      event.preventDefault();
      turned += event.deltaMode === 0 ? event.deltaY : 40 * event.deltaY;
      // One notch of a wheel is 100 or so; a touchpad sends many small ones.
      if (Math.abs(turned) < 40) return;
      viewer.move(Math.sign(turned));
      turned = 0;
    },
    { passive: false },
  );
}

/** Left and right for the width, up and down for the centre, as at a workstation. */
function listenToDrag(viewer) {
  const picture = el("picture");
  let from = null;
  picture.addEventListener("pointerdown", (event) => {
    const window = viewer.wanted ?? viewer.applied;
    if (event.button !== 0 || !window) return;
    from = { x: event.clientX, y: event.clientY, window };
    picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener("pointermove", (event) => {
    if (!from) return;
    const { centre, width } = from.window;
    const across = event.clientX - from.x;
    const down = event.clientY - from.y;
    if (Math.abs(across) + Math.abs(down) < 3) return;
    viewer.setWindow(centre + (down * width) / 300, width * 2 ** (across / 150));
  });
  for (const end of ["pointerup", "pointercancel"]) picture.addEventListener(end, () => (from = null));
}

/** From now on the page's controls ask this viewer. Once. */
export function listen(viewer) {
  el("previous").addEventListener("click", () => viewer.step(-1));
  el("next").addEventListener("click", () => viewer.step(1));
  el("frame").addEventListener("input", () => viewer.goToFrame(Number(el("frame").value)));
  el("scale").addEventListener("click", () => viewer.scale(!viewer.isFit));
  el("reset").addEventListener("click", () => viewer.reset());
  for (const each of ["centre", "width"])
    el(each).addEventListener("change", () => {
      if (el("centre").value !== "" && el("width").value !== "") viewer.setWindow(Number(el("centre").value), Number(el("width").value));
    });
  el("stage").addEventListener("keydown", (event) => pressed(viewer, event));
  listenToWheel(viewer);
  listenToDrag(viewer);
}

// A digit drawn by hand, sized and moved as MNIST's own were, and the surface with the pen that draws it.
import {element} from "./dom.js";

export const SIDE = 28; // pixels of a picture; strokes have the same unit
const INK_BOX = 20; // the longer side of the ink, as of every digit of MNIST
const MASS_AT = 14; // the pixel at which the centre of mass lies, as in MNIST
const PEN_INK = 2.2; // pixels: MNIST's strokes have as much ink and as many grey pixels
const LEAST_DIGIT = 4; // what is smaller stays small: a dot is no digit
const NEAR_POINT = 0.2; // closer points of a stroke are one
const PEN_BEGINS = [14, 5]; // where the pen of the keyboard hangs at first

const DRAWN_BY_KEYS = "Draw a digit. Arrow keys move the pen, space puts it down and lifts it, delete clears.";
const PEN_MOVES = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

// {pixels, placeOf}: the picture [28 x 28] that the network sees, ink 1 on paper 0, and the square [x, y, size] of the
// drawing that became pixel number i. `strokes` are lists of points [x, y].
export function likeMnist(strokes) {
  const points = strokes.flat();
  const pixels = new Float32Array(SIDE * SIDE);
  if (!points.length) return {pixels, placeOf: pixelPlace};
  const [left, top, right, bottom] = limitsOf(points);
  const scale = (INK_BOX - PEN_INK) / Math.max(right - left, bottom - top, LEAST_DIGIT);
  const sized = ([x, y]) => [(x - left) * scale + PEN_INK / 2, (y - top) * scale + PEN_INK / 2];
  const ink = inkUnder(strokes.map((stroke) => stroke.map(sized)));
  const [across, down] = centreOfMass(ink).map((centre) => Math.round(MASS_AT - centre));
  ink.forEach((value, i) => {
    const [x, y] = [i % INK_BOX + across, Math.floor(i / INK_BOX) + down];
    if (x >= 0 && y >= 0 && x < SIDE && y < SIDE) pixels[y * SIDE + x] = value;
  });
  const unmoved = (place, shift, begin) => (place - shift - PEN_INK / 2) / scale + begin;
  const placeOf = (i) => [unmoved(i % SIDE, across, left), unmoved(Math.floor(i / SIDE), down, top), 1 / scale];
  return {pixels, placeOf};
}

// The square of pixel number i in a picture.
export function pixelPlace(i) {
  return [i % SIDE, Math.floor(i / SIDE), 1];
}

function limitsOf(points) {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

// The share of each pixel of the box that a round pen covers: 1 within a stroke, a ramp of one pixel at its edge.
function inkUnder(strokes) {
  return Float32Array.from({length: INK_BOX * INK_BOX}, (_, i) => {
    const centre = [i % INK_BOX + 0.5, Math.floor(i / INK_BOX) + 0.5];
    const nearest = Math.min(...strokes.map((stroke) => distanceTo(stroke, centre)));
    return Math.max(0, Math.min(1, PEN_INK / 2 + 0.5 - nearest));
  });
}

function distanceTo(stroke, [x, y]) {
  let nearest = Math.hypot(stroke[0][0] - x, stroke[0][1] - y);
  for (let i = 1; i < stroke.length; i++) {
    const [[ax, ay], [bx, by]] = [stroke[i - 1], stroke[i]];
    const length = (bx - ax) ** 2 + (by - ay) ** 2;
    const part = length ? Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length)) : 0;
    nearest = Math.min(nearest, Math.hypot(ax + part * (bx - ax) - x, ay + part * (by - ay) - y));
  }
  return nearest;
}

function centreOfMass(ink) {
  let [whole, across, down] = [0, 0, 0];
  ink.forEach((value, i) => {
    whole += value;
    across += value * (i % INK_BOX);
    down += value * Math.floor(i / INK_BOX);
  });
  return [across / whole, down / whole];
}

// A transparent square to draw on: `strokes` is what was drawn, `pen` where the keyboard's pen hangs, or null.
// `onInk()` follows every change. A finger scrolls the page, and draws only while `surface.own` is true.
export function drawingSurface(onInk) {
  const surface = element("div", {class: "surface", tabindex: 0, role: "application", "aria-label": DRAWN_BY_KEYS});
  Object.assign(surface, {strokes: [], pen: null, own: false});
  let drawing = false;
  surface.clear = () => Object.assign(surface, {strokes: [], pen: null});
  const change = () => {
    surface.own = true;
    onInk();
  };
  surface.addEventListener("pointerdown", (event) => {
    if (event.button || (event.pointerType === "touch" && !surface.own)) return;
    event.preventDefault();
    surface.setPointerCapture(event.pointerId);
    surface.focus({focusVisible: false});
    if (!surface.own) surface.clear();
    surface.pen = null;
    drawing = Boolean(surface.strokes.push([pointUnder(surface, event)]));
    change();
  });
  surface.addEventListener("pointermove", (event) => {
    if (drawing && reach(surface.strokes.at(-1), pointUnder(surface, event))) change();
  });
  for (const end of ["pointerup", "pointercancel"]) surface.addEventListener(end, () => { drawing = false; });
  surface.addEventListener("keydown", (event) => drawWithKeys(surface, event) && change());
  return surface;
}

function pointUnder(surface, event) {
  const box = surface.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width * SIDE, (event.clientY - box.top) / box.height * SIDE];
}

// Whether the point is far enough from the last one to be drawn.
function reach(stroke, point) {
  const [x, y] = stroke.at(-1);
  return Math.hypot(point[0] - x, point[1] - y) >= NEAR_POINT && stroke.push(point);
}

// Whether the key meant the pen.
function drawWithKeys(surface, event) {
  const move = PEN_MOVES[event.key];
  if (!move && ![" ", "Delete", "Backspace"].includes(event.key)) return false;
  event.preventDefault();
  if (!surface.own) surface.clear();
  const pen = surface.pen ?? {at: PEN_BEGINS, down: false};
  if (event.key === "Delete" || event.key === "Backspace") {
    surface.strokes = [];
    surface.pen = {...pen, down: false};
  } else if (event.key === " ") {
    surface.pen = {...pen, down: !pen.down};
    if (!pen.down) surface.strokes.push([pen.at]);
  } else {
    const at = pen.at.map((place, i) => Math.max(0, Math.min(SIDE, place + move[i])));
    surface.pen = {...pen, at};
    if (pen.down) surface.strokes.at(-1).push(at);
  }
  return true;
}

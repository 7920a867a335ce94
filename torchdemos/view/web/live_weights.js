// The weights of a network that is one layer on a picture: a picture for each output of what it learns to look for. The
// first look shows them as they are, and all others what has changed since: their random start would hide what is learned.
import {cellsOn} from "./cells.js";
import {fullScale} from "./colours.js";
import {element, number} from "./dom.js";
import {askSnapshot} from "./live_wire.js";
import {onRoom} from "./tooltip.js";

const MOST_PICTURES = 20; // outputs
const [HEADING, FRAME] = [28, 3]; // pixels
const OFTEN = 400; // milliseconds from one look at the weights to the next

// `weights.offer(layers)`, then `weights.show(step)` with each frame: they come as snapshots, and only while it steps.
export function liveWeights() {
  const view = {room: [0, 0], shape: null, step: null, latest: null, asking: false, scale: element("small")};
  view.canvas = element("canvas", {role: "img", "aria-label": "what the weights have learned, a picture for each output"});
  view.element = element("section", {class: "live-weights", hidden: ""}, element("h2", {}, "Weights ", view.scale), view.canvas);
  onRoom(view.element, (...room) => {
    Object.assign(view, {room, draw: null, step: null});
    if (view.latest !== null) view.show(view.latest);
  });
  view.offer = (layers) => {
    view.shape = picturesOf(layers);
    Object.assign(view, {draw: null, first: null, step: null, latest: null});
    view.element.hidden = !view.shape;
  };
  view.show = (step) => {
    view.latest = step;
    if (!view.shape || !view.room[0] || view.asking || step === view.step) return;
    if (step < view.step) view.first = null; // another training
    lookAtWeights(view, step);
  };
  return view;
}

// Looks once more if frames came meanwhile, which may be the last for long. After a failure the next frame asks again.
async function lookAtWeights(view, step) {
  const {shape} = view;
  view.asking = true;
  const isShown = await showWeights(view).catch(() => false);
  if (isShown && view.shape === shape) view.step = step;
  if (isShown) await new Promise((resolve) => setTimeout(resolve, OFTEN));
  view.asking = false;
  if (isShown && view.latest !== null) view.show(view.latest);
}

// [outputs, rows, columns], or null if the network is any other.
function picturesOf(layers) {
  const [input, outputs] = layers.map(({shape}) => shape);
  const isPicture = layers.length === 2 && input.length === 3 && input[0] === 1;
  return isPicture && outputs.length === 1 && outputs[0] <= MOST_PICTURES ? [outputs[0], ...input.slice(1)] : null;
}

// The largest pictures that fit, though the last row may not be full: it ends where its pictures do.
function weightsOn({canvas, shape, room}) {
  const grids = Array.from({length: shape[0]}, (_, i) => gridOfColumns(shape, room, i + 1));
  const grid = grids.reduce((best, one) => (one.size > best.size ? one : best));
  canvas.style.clipPath = pastLastRow(grid);
  return cellsOn(canvas, grid);
}

// As in cells.js, with the space between the pictures as their frame.
function gridOfColumns([count, h, w], [across, down], columns) {
  const [rows, gap] = [Math.ceil(count / columns), FRAME];
  const size = Math.min(((across + gap) / columns - gap) / w, ((down - HEADING + gap) / rows - gap) / h);
  const length = (places, side) => places * (side * size + gap) - gap;
  return {count, shown: count, h, w, columns, rows, size, gap, width: length(columns, w), height: length(rows, h)};
}

function pastLastRow({shown, columns, rows, w, h, size, gap, width}) {
  const [right, down] = [(shown - (rows - 1) * columns) * (w * size + gap) - gap, (rows - 1) * (h * size + gap) - gap];
  return right < width ? `polygon(0 0, 100% 0, 100% ${down}px, ${right}px ${down}px, ${right}px 100%, 0 100%)` : "";
}

async function showWeights(view) {
  const {step, snapshot} = await askSnapshot();
  const sum = snapshot.layers.find((layer) => layer.sum?.kind === "dense")?.sum;
  const count = view.shape?.reduce((product, size) => product * size, 1);
  if (!sum) return false;
  const weights = await snapshot.read(sum.weights, count);
  if (weights.length !== count) return false;
  view.first ??= {step, weights};
  const isFirst = step === view.first.step;
  const shown = isFirst ? weights : weights.map((weight, i) => weight - view.first.weights[i]);
  const full = fullScale(shown);
  view.draw ??= weightsOn(view);
  view.draw(shown, full);
  const since = view.first.step.toLocaleString("en");
  view.scale.textContent = isFirst ? `at step ${since}, ±${number(full)}` : `changed since step ${since} by ±${number(full)}`;
  return true;
}

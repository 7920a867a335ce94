// A heatmap with a row for each layer, the input at the top, and a column for each step.
import {sizedCanvas} from "./cells.js";
import {viridis} from "./colours.js";
import {element, number} from "./dom.js";

const MAP_HEIGHT = 460; // pixels of the whole map when there are many layers
const MAP_ROW = 44; // pixels of a layer when there are few
const ROW_NAME = 15; // pixels that a name needs

// torchdemos.view.profiles makes `profile`. Colours range over [low, high]. `map.mark(step)` frames a column.
export function heatmap(title, profile, {low, high, width, onStep, onPoint}) {
  const {layers, steps} = profile;
  const row = Math.min(MAP_ROW, MAP_HEIGHT / layers.length);
  const canvas = element("canvas", {tabindex: 0, role: "img", "aria-label": mapInWords(title, profile)});
  drawMatrix(canvas, profile.log10, [low, high], [width, row * layers.length]);
  canvas.dataset.drawn = layers.length;
  const frame = element("div", {class: "overlay"});
  const made = element("figure", {class: "heatmap"}, element("h3", {title}, title), rowNames(layers, row),
    element("div", {class: "cells"}, canvas, frame), element("div", {class: "ticks"}, stepTicks(steps)));
  made.mark = (step) => {
    made.dataset.step = step;
    const [place, column] = [steps.indexOf(step), width / steps.length];
    const style = `left:${place * column}px;width:${Math.max(column, 2)}px`;
    frame.replaceChildren(element("i", {class: "column", style}));
  };
  made.focusOn = () => canvas.focus();
  listenToMap(canvas, profile, {width, row, onStep, onPoint, chosen: () => Number(made.dataset.step)});
  return made;
}

function mapInWords(title, {layers, steps}) {
  return `${title}: log10 of the gradient norm, ${layers.length} layers by ${steps.length} steps. ` +
    "Arrow keys choose a step.";
}

function listenToMap(canvas, profile, {width, row, onStep, onPoint, chosen}) {
  const {steps} = profile;
  const at = (event) => [Math.floor(event.offsetX / width * steps.length), Math.floor(event.offsetY / row)];
  canvas.addEventListener("click", (event) => onStep(steps[Math.min(at(event)[0], steps.length - 1)]));
  canvas.addEventListener("mousemove", (event) => onPoint(event, stepInWords(profile, ...at(event))));
  canvas.addEventListener("mouseleave", (event) => onPoint(event, null));
  canvas.addEventListener("keydown", (event) => {
    const next = steps[steps.indexOf(chosen()) + ({ArrowLeft: -1, ArrowRight: 1}[event.key] ?? NaN)];
    if (next === undefined) return;
    event.preventDefault();
    onStep(next);
  });
}

function drawMatrix(canvas, matrix, [low, high], [width, height]) {
  const context = sizedCanvas(canvas, width, height);
  const image = new ImageData(matrix[0].length, matrix.length);
  matrix.flat().forEach((value, i) => {
    const part = value === null ? NaN : (value - low) / (high - low || 1);
    image.data.set([...viridis(part), 255], 4 * i);
  });
  const cells = new OffscreenCanvas(image.width, image.height);
  cells.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = image.width > width;
  context.drawImage(cells, 0, 0, width, height);
}

function stepInWords({layers, steps, log10, predicted}, column, row) {
  if (!(column in steps && row in layers)) return null;
  const theory = predicted?.[row][column] ?? null;
  const measured = log10[row][column];
  const words = measured === null ? "zero or not finite" : number(measured);
  return `${layers[row]}, step ${steps[column]}: ${words}${theory === null ? "" : `, predicted ${number(theory)}`}`;
}

// As many names as fit.
function rowNames(layers, row) {
  const every = Math.ceil(ROW_NAME / row);
  const names = layers.map((name, i) => (i % every ? "" : name));
  const spans = names.map((name, i) => element("span", {style: `height:${row}px`, title: layers[i]}, name));
  return element("div", {class: "layer-names"}, spans);
}

function stepTicks(steps) {
  const most = Math.min(steps.length - 1, 4);
  const shown = Array.from({length: most + 1}, (_, i) => Math.round(i * (steps.length - 1) / (most || 1)));
  return shown.map((i) => element("span", {style: `left:${(i + 0.5) / steps.length * 100}%`}, String(steps[i])));
}

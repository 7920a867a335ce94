// A heatmap of gradients with a row for each layer, the input at the top, and a column for each step.
import {element, number} from "./dom.js";
import {layerLabel, paintFlow, ratioInWords, ratiosOf} from "./flow.js";

const MAP_HEIGHT = 340; // pixels of the whole map when there are many layers
const MAP_ROW = 40; // pixels of a layer when there are few
const ROW_NAME = 15; // pixels that a name needs

// torchdemos.view.profiles makes `profile`. `map.mark(step)` frames a column. With `named` the layers are named.
export function heatmap(title, profile, {width, named, onStep, onPoint}) {
  const {steps} = profile;
  const labels = profile.layers.map((name, i) => layerLabel(name, profile.kinds[i]));
  const row = Math.min(MAP_ROW, MAP_HEIGHT / labels.length);
  const canvas = element("canvas", {tabindex: 0, role: "img", "aria-label": mapInWords(title, labels, steps)});
  const ratios = ratiosOf(profile.log10);
  paintFlow(canvas, ratios, width, row * labels.length);
  canvas.dataset.drawn = labels.length;
  const frame = element("div", {class: "overlay"});
  const made = element("figure", {class: named ? "heatmap" : "heatmap unnamed"}, element("h3", {title, style: `width:${width}px`}, title),
    named ? rowNames(labels, row) : null,
    element("div", {class: "cells"}, canvas, frame), element("div", {class: "ticks", style: `width:${width}px`}, stepTicks(steps)));
  made.ratios = ratios;
  made.mark = (step) => {
    made.dataset.step = step;
    const [place, column] = [steps.indexOf(step), width / steps.length];
    const style = `left:${place * column}px;width:${Math.max(column, 2)}px`;
    frame.replaceChildren(element("i", {class: "column", style}));
  };
  made.focusOn = () => canvas.focus();
  const told = (column, layer) => stepInWords({...profile, labels, ratios}, column, layer);
  listenToMap(canvas, steps, {width, row, told, onStep, onPoint, chosen: () => Number(made.dataset.step)});
  return made;
}

function mapInWords(title, labels, steps) {
  return `${title}: gradient compared with the last layer's, ${labels.length} layers by ${steps.length} steps. ` +
    "Arrow keys choose a step.";
}

function listenToMap(canvas, steps, {width, row, told, onStep, onPoint, chosen}) {
  const at = (event) => [Math.floor(event.offsetX / width * steps.length), Math.floor(event.offsetY / row)];
  canvas.addEventListener("click", (event) => onStep(steps[Math.min(at(event)[0], steps.length - 1)]));
  canvas.addEventListener("mousemove", (event) => onPoint(event, told(...at(event))));
  canvas.addEventListener("mouseleave", (event) => onPoint(event, null));
  canvas.addEventListener("keydown", (event) => {
    const next = steps[steps.indexOf(chosen()) + ({ArrowLeft: -1, ArrowRight: 1}[event.key] ?? NaN)];
    if (next === undefined) return;
    event.preventDefault();
    onStep(next);
  });
}

// "fc1, step 10: −3.5 (10⁻³·⁵ of the last layer's), predicted −3.5", "fc1, step 10: exactly 0".
function stepInWords({labels, steps, ratios, log10, predicted}, column, row) {
  if (!(column in steps && row in labels)) return null;
  const theory = predicted?.[row][column] ?? null;
  const ratio = ratioInWords(ratios[row][column]).replaceAll("**", "");
  const measured = log10[row][column];
  const words = typeof measured === "number" ? `${number(measured)}${theory === null ? "" : `, predicted ${number(theory)}`}; ${ratio}` : ratio;
  return `${labels[row]}, step ${steps[column]}: ${words}`;
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

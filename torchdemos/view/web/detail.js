// One neuron computed by hand: the sum of its inputs times its weights, plus its bias, beside the recorded value.
import {drawCells, fitted, neuronAt} from "./cells.js";
import {css, fullScale, signed} from "./colours.js";
import {element, number} from "./dom.js";
import {activatedInWords, madeOf, sameShape} from "./made_of.js";
import {valuesOf} from "./snapshot.js";
import {sumOf} from "./sums.js";
import {layerInWords, placeInWords, shortName} from "./words.js";

const PART_WIDTH = 124; // pixels of each of the three pictures

// {element, from, window}: the panel of a neuron, and the window that it sees of layer number `from`.
export async function detailOf(title, snapshot, {layer: name, index}, {sample, scales, onPoint}) {
  const place = snapshot.layers.findIndex((layer) => layer.name === name);
  const layer = snapshot.layers[place];
  const values = layer?.values && valuesOf(layer, sample);
  if (!values || index === null || index >= values.length) {
    return {element: detailPanel(title, element("p", {}, absentInWords(layer, name)))};
  }
  const value = values[index];
  const at = {place, index, sample};
  const sum = await sumOf(snapshot, at).catch((error) => error);
  const made = sum ? null : madeOf(snapshot, at);
  const origin = sum instanceof Error ? [element("p", {class: "problem"}, sum.message)]
    : sum ? byHand(sum, value, onPoint) : [made.words];
  const head = detailHeading(layer, index, value, scales[name]);
  const panel = detailPanel(title, head, ...origin, whatFollows(snapshot, at));
  Object.assign(panel.dataset, {layer: name, index, value});
  const {from, window} = sum ?? made;
  return {element: panel, from, window};
}

function absentInWords(layer, name) {
  if (name === null) return "No neuron is chosen.";
  return layer ? `${name} has no such neuron here.` : `This network has no layer ${name}.`;
}

function detailPanel(title, ...content) {
  const head = title ? element("h3", {}, title) : null;
  return element("section", {class: "detail"}, head, content);
}

function detailHeading(layer, index, value, scale) {
  const swatch = element("i", {class: "swatch", style: `background:${css(signed(value, scale))}`});
  const place = element("small", {}, placeInWords(layer.shape, index));
  return element("header", {}, element("h2", {}, layerInWords(layer), place),
    element("p", {class: "value"}, swatch, element("output", {}, number(value))));
}

function byHand(sum, recorded, onPoint) {
  const sign = (text) => element("span", {class: "sign"}, text);
  const [inputs, weights, products] = ["inputs", "weights", "products"].map((part) => partFigure(sum, part, onPoint));
  const equation = element("div", {class: "equation"}, inputs, sign("×"), weights, sign("="), products);
  return [equation, sumInWords(sum, recorded)];
}

function partFigure(sum, name, onPoint) {
  const scale = fullScale(sum[name]);
  const grid = fitted(sum.shape, PART_WIDTH, PART_WIDTH, PART_WIDTH);
  const canvas = element("canvas", {role: "img", "aria-label": `${name} of this neuron`, "data-picture": name});
  drawCells(canvas, grid, sum[name], scale);
  const under = (event) => neuronAt(grid, event.offsetX, event.offsetY);
  canvas.addEventListener("mousemove", (event) => onPoint(event, productInWords(sum, under(event))));
  canvas.addEventListener("mouseleave", (event) => onPoint(event, null));
  const legend = element("figcaption", {}, element("b", {}, name), element("small", {}, `±${number(scale)}`));
  return element("figure", {}, element("div", {class: "frame"}, canvas), legend);
}

function productInWords(sum, at) {
  if (at === null) return null;
  const [input, weight, whole] = [sum.inputs[at], sum.weights[at], sum.products[at]].map(number);
  return `${placeInWords(sum.shape, at)}: ${input} × ${weight} = ${whole}`;
}

const OTHERWISE = "the model computes in half precision, or a hook of its own changed the value";

// "sum of 25 inputs × weights = 1.234, + bias 0.1 = 1.334; recorded 1.334"
function sumInWords(sum, recorded) {
  const whole = sum.total + (sum.bias ?? 0);
  const parts = [`sum of ${sum.products.length.toLocaleString("en")} inputs × weights = `, boldNumber(sum.total)];
  if (sum.bias !== null) parts.push(", + bias ", boldNumber(sum.bias), " = ", boldNumber(whole));
  const same = agrees(whole, recorded, sum);
  const verdict = element("span", {class: same ? "agrees" : "differs"}, same ? " ✓" : ` differs: ${OTHERWISE}`);
  parts.push("; recorded ", boldNumber(recorded), verdict);
  return element("p", {class: "sum", "data-agrees": String(same)}, parts);
}

function boldNumber(x) {
  return element("b", {}, number(x));
}

// Agrees to the precision of float32 sums. NaN agrees with NaN, and each infinity with itself.
function agrees(whole, recorded, sum) {
  if (!Number.isFinite(whole) || !Number.isFinite(recorded)) return Object.is(Math.fround(whole), recorded);
  const sizes = sum.products.reduce((total, x) => total + Math.abs(x), Math.abs(sum.bias ?? 0));
  return Math.abs(whole - recorded) <= 1e-4 * sizes + 1e-30;
}

function whatFollows(snapshot, {place, index, sample}) {
  const next = snapshot.layers[place + 1];
  if (!next || next.sum || !sameShape(next, snapshot.layers[place])) return null;
  const spelled = next.from === place ? activatedInWords(snapshot, {place: place + 1, index, sample}) : null;
  return element("p", {}, `${shortName(next)} makes of it `, spelled ?? boldNumber(valuesOf(next, sample)[index]), ".");
}

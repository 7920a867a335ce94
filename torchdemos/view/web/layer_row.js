// One layer of a network: its name, its neurons on a canvas, and which of them is chosen.
import {arrange, cellsOn, cornerOf, fitted, neuronAt, nextTo} from "./cells.js";
import {element, number} from "./dom.js";
import {mapsOf} from "./sums.js";
import {isNumbered, layerInWords, placeInWords, shapeInWords, shortName} from "./words.js";

const NUMBERED = 27; // pixels of a unit with its number below
const NUMBERS = 17; // pixels of the line of numbers
const NAMES = 34; // pixels of a layer's name and of what it holds
const LONG_NAMES = 51; // of a name with the kind of the layer, which takes a line for itself
const ROW_GAP = 9;
const [STRIP, STRIP_OF_MAPS] = [11, 26]; // pixels of a layer that is a strip
const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

// `row.mark({index, window})` shows the chosen neuron and the window that it sees of its inputs; either may be null.
// `row.show(values, scale)` draws other values in the same place. A `strip` has one line, and its words on demand.
export function layerRow(layer, values, {width, roomy, strip, scale, labels, onChoose, onPoint}) {
  const grid = values && gridFor(layer, width, roomy, labels, strip);
  if (!grid?.count || !grid.h || !grid.w) return emptyRow(layer);
  const about = shapeInWords(layer, grid.shown);
  const label = `${shortName(layer)}: ${about}. Arrow keys choose a neuron.`;
  const canvas = element("canvas", {tabindex: 0, role: "img", "aria-label": label, "data-layer": layer.name});
  const draw = cellsOn(canvas, grid);
  Object.assign(canvas.dataset, {drawn: grid.shown, columns: grid.columns, size: grid.size, gap: grid.gap});
  const overlay = element("div", {class: "overlay"});
  const cells = element("div", {class: "cells"}, canvas, overlay, labels ? numbersBelow(grid) : null);
  const scaled = element("small");
  const row = rowOf(layer, scaled, about, cells, strip);
  row.mark = (marks) => {
    row.chosen = marks.index;
    overlay.replaceChildren(...windowBoxes(grid, marks.window), ...ringOf(grid, marks.index));
  };
  row.show = (shown, full) => {
    row.values = shown;
    draw(shown, full);
    const text = `±${number(full)}`;
    if (scaled.textContent !== text) scaled.textContent = text;
  };
  row.show(values, scale);
  listenTo(canvas, grid, {layer, row, onChoose, onPoint});
  row.canvas = canvas;
  return row;
}

// Numbered units stand in one row, where their numbers are below them.
function gridFor(layer, width, roomy, labels, strip = false) {
  const shape = mapsOf([layer.kept, ...layer.shape.slice(1)]);
  if (strip) return fitted(shape, width, ...(shape[1] * shape[2] > 1 ? [STRIP_OF_MAPS, STRIP_OF_MAPS] : [STRIP, STRIP]));
  const tall = NUMBERED * Math.max(roomy, 1);
  return labels ? fitted(shape, width, Math.min(tall, width / layer.kept), tall) : arrange(shape, width, roomy);
}

// How tall the row will be, before it is drawn.
export function rowHeight(layer, {width, roomy, labels}) {
  const height = layer.values ? gridFor(layer, width, roomy, labels).height + (labels ? NUMBERS : 0) : 0;
  return Math.max(height, isNumbered(layer) && layer.kind ? LONG_NAMES : NAMES) + ROW_GAP;
}

function emptyRow(layer) {
  const why = `Not shown: ${layer.problem ?? "it has no neurons"}.`;
  const row = rowOf(layer, null, "", element("p", {class: "problem"}, why));
  row.mark = row.show = () => {};
  return row;
}

function rowOf(layer, scaled, about, content, strip = false) {
  const name = element("b", {title: strip ? `${layerInWords(layer)}: ${about}` : layerInWords(layer)}, shortName(layer));
  const title = element("div", {}, name, scaled);
  const words = element("div", {class: "layer-name"}, title, element("small", {}, about));
  return element("section", {class: strip ? "layer strip" : "layer"}, words, content);
}

function listenTo(canvas, grid, {layer, row, onChoose, onPoint}) {
  const under = (event) => neuronAt(grid, event.offsetX, event.offsetY);
  const told = (at) => (at === null ? null : `${placeInWords(layer.shape, at)}: ${number(row.values[at])}`);
  canvas.addEventListener("mousemove", (event) => onPoint(event, told(under(event))));
  canvas.addEventListener("mouseleave", (event) => onPoint(event, null));
  canvas.addEventListener("click", (event) => under(event) !== null && onChoose(under(event)));
  canvas.addEventListener("keydown", (event) => {
    const index = movedOn(grid, row.chosen ?? null, event.key);
    if (index === null) return;
    event.preventDefault();
    onChoose(index);
  });
}

// The first key chooses the first neuron, and the arrows move on from there.
function movedOn(grid, index, key) {
  if (index === null) return key === "Enter" || key === " " || key in ARROWS ? 0 : null;
  return key in ARROWS ? nextTo(grid, index, ...ARROWS[key]) : null;
}

function ringOf(grid, index) {
  if (index === null || index >= grid.shown * grid.h * grid.w) return [];
  return [boxAt("ring", ...cornerOf(grid, index), grid.size, grid.size)];
}

function windowBoxes(grid, window) {
  if (!window) return [];
  const [top, left] = [Math.max(window.top, 0), Math.max(window.left, 0)];
  const [bottom, right] = [Math.min(window.top + window.rows, grid.h), Math.min(window.left + window.columns, grid.w)];
  if (bottom <= top || right <= left) return [];
  const maps = Array.from({length: window.maps}, (_, i) => window.first + i).filter((map) => map < grid.shown);
  return maps.map((map) => {
    const corner = cornerOf(grid, (map * grid.h + top) * grid.w + left);
    return boxAt("window", ...corner, (right - left) * grid.size, (bottom - top) * grid.size);
  });
}

function boxAt(kind, x, y, width, height) {
  return element("i", {class: kind, style: `left:${x}px;top:${y}px;width:${width}px;height:${height}px`});
}

function numbersBelow(grid) {
  const step = grid.size + grid.gap;
  const texts = Array.from({length: grid.shown}, (_, i) => element("span", {style: `width:${step}px`}, String(i)));
  return element("div", {class: "numbers", "aria-hidden": "true"}, texts);
}

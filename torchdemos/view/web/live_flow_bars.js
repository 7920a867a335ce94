// Beside the map of gradients, in the same rows: the names of the layers, a bar for the gradient now, one for the update.
import {canvas, line, linear, power, words} from "./draw.js";
import {MAP_LETTER, MAP_LINE, healthWord} from "./health_map.js";
import {toldApart} from "./live_names.js";
import {shape} from "./shape.js";

const [TALLEST_FLOW_ROW, FLOW_FOOT, FLOW_TITLE] = [26, 36, -13]; // pixels
const [LOW_RATIO, HIGH_RATIO] = [-6, 3]; // powers of ten of the bars: beyond them a bar ends at the edge
const [LOW_UPDATE, HIGH_UPDATE] = [-6, 0];
const [RATIO_SHARE, UPDATE_SHARE, FLOW_GAP] = [0.26, 0.2, 26];

// Pixels that so many rows would fill.
export function tallest(names) {
  return names.length * TALLEST_FLOW_ROW + FLOW_FOOT;
}

// Where everything stands in this room.
export function flowPlaces(names, width, height) {
  const row = Math.min((height - FLOW_FOOT) / names.length, TALLEST_FLOW_ROW);
  const left = Math.min(Math.max(...names.map((name) => name.length)) * MAP_LETTER + 12, 116);
  const [ratios, updates] = [width * RATIO_SHARE, width * UPDATE_SHARE];
  const mapWidth = width - left - ratios - updates - 2 * FLOW_GAP;
  const middle = left + mapWidth + FLOW_GAP;
  return {width, height, row, rows: row * names.length, left, mapWidth,
    ratio: linear(LOW_RATIO, HIGH_RATIO, middle, middle + ratios),
    update: linear(LOW_UPDATE, HIGH_UPDATE, middle + ratios + FLOW_GAP, width - 8),
    rowAt: (y) => Math.floor(y / row)};
}

// Draws what stays, and returns draw(ratios, updates), which moves the bars.
export function flowBars(box, names, places) {
  const bars = [["ratio", 0, LOW_RATIO, HIGH_RATIO], ["update", LOW_UPDATE, LOW_UPDATE, HIGH_UPDATE]]
    .map(([kind, from, low, high]) => names.map((_, row) => movingBar(places, kind, row, {from, low, high})));
  box.replaceChildren(canvas(places.width, places.rows + FLOW_FOOT, "gradient and update by layer, now",
    flowNames(names, places), flowAxes(places), bars.flat().map(({drawn}) => drawn)));
  return (...cells) => bars.forEach((kind, i) => kind.forEach((bar, row) => bar.show(cells[i][row])));
}

function movingBar(places, kind, row, {from, low, high}) {
  const [x, middle] = [places[kind], (row + 0.5) * places.row];
  const bar = shape("rect", {class: `bar ${kind}`, y: row * places.row + places.row * 0.16, height: places.row * 0.68});
  const word = words(x(from) + (kind === "ratio" ? -4 : 4), middle + 4, "", kind === "ratio" ? "e q" : "q");
  let before;
  const show = (cell) => {
    if (cell === before) return;
    before = cell;
    const isNumber = typeof cell === "number";
    const to = isNumber ? x(Math.max(low, Math.min(cell, high))) : x(from);
    bar.setAttribute("x", Math.min(x(from), to).toFixed(1));
    bar.setAttribute("width", isNumber ? Math.max(Math.abs(to - x(from)), 1.5).toFixed(1) : 0);
    word.textContent = isNumber || cell === null || places.row < MAP_LINE ? "" : healthWord(cell);
  };
  return {drawn: shape("g", {}, bar, word), show};
}

function flowNames(names, {left, row}) {
  const every = Math.ceil(MAP_LINE / row);
  const most = Math.floor((left - 10) / MAP_LETTER);
  return toldApart(names, most).flatMap((name, i) => (i % every ? [] : [words(left - 8, (i + 0.5) * row + 4, name, "e")]));
}

function flowAxes({ratio, update, rows}) {
  const tick = (x, value, kind = "m q") => words(x(value), rows + 15, power(value), kind);
  const down = (x, value, kind) => line(x(value), 0, x(value), rows, {class: kind});
  return [...[-6, -3, 3].map((value) => down(ratio, value, "grid")), down(ratio, 0, "axis"), down(update, -6, "axis"),
    ...[-3, 0].map((value) => down(update, value, "grid")),
    ...[-6, -3, 0].map((value) => tick(ratio, value)), tick(update, -6), tick(update, -3), tick(update, 0, "e q"),
    words(ratio(-6), FLOW_TITLE, "now", "b"), words(update(-6), FLOW_TITLE, "update / weight", "b")];
}

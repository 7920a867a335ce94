// A row of layers: the value that goes forward, the factor on each arrow back, and the product so far below it.
// Where the page is narrow the row becomes a column, so that every factor can still be read.
import {axis} from "./axes.js";
import {css, signed} from "./colours.js";
import {brief, canvas, line, path, power, words} from "./draw.js";
import {shape} from "./shape.js";

const NARROW = 560;
const FULL = 6; // decades from white to full colour
const NONE = "–"; // for what is not a finite number
const AHEAD = 0.18; // opacity of what the motion has not reached
// Pixels across the chain, the least room of a layer with a name in it, and the room that a factor and a product need.
const ROW = {turned: false, start: 78, value: 14, number: 32, layer: 50, tightLayer: 50, arrow: 76, factor: 90, product: 118,
  low: 330, high: 138, least: 24, room: 33, productRoom: 42};
const COLUMN = {turned: true, start: 20, value: 64, number: 10, layer: 20, tightLayer: 30, arrow: 106, factor: 134,
  product: 190, low: 228, least: 14, room: 14, productRoom: 14};
const COLUMN_LENGTH = 357;
const ROW_END = 12; // room for half a label behind the last layer
const CAPTIONS = [["value", "value →", "value ↓", 40], ["layer", "layer", "layer", 0],
  ["factor", "× factor ←", "× factor ↑", 93], ["product", "= product", "= product", 163]]; // the last number is for a column

export function chainPicture({network, looked, forward, back}, networks, width) {
  const place = chainPlaces(network.logs.length, width);
  const logs = networks.flatMap((one) => one.logs).filter((log) => log !== null);
  const up = axis([0, ...logs.map(Math.floor), ...logs.map(Math.ceil)], {most: place.turned ? 3 : 5}); // for all of them
  const bar = (log) => place.low + up.place(log) * (place.high - place.low);
  const layers = network.logs.map((log, i) => chainLayer(network, i, place, bar,
    {lit: i === looked, forward: i < forward, back: network.logs.length - 1 - i < back}));
  const svg = canvas(width, place.height, chainSpoken(network), chainHatch(), chainGrid(up.ticks, bar, place), layers);
  for (const key of ["turned", "start", "pitch"]) svg.dataset[key] = place[key];
  return svg;
}

// Where all is: `middle(i)` along the chain, `point(along, across)` on the page, and which layers have labels.
function chainPlaces(count, width) {
  const turned = width < NARROW;
  const rows = turned ? {...COLUMN, high: width - 12} : ROW;
  const pitch = turned ? Math.min(17, Math.max(COLUMN_LENGTH / count, 2)) : (width - rows.start - ROW_END) / count;
  const every = (room) => Math.ceil(room / pitch);
  const labelled = (room) => (i) => i === count - 1 || (i % every(room) === 0 && count - 1 - i >= every(room));
  const tight = pitch < rows.least;
  const end = rows.start + count * pitch;
  return {...rows, layer: tight ? rows.tightLayer : rows.layer, pitch, count, tight, end, height: turned ? end + 18 : 336,
    every: every(rows.room), label: labelled(rows.room), labelProduct: labelled(rows.productRoom),
    middle: (i) => rows.start + (i + 0.5) * pitch, point: (along, across) => (turned ? [across, along] : [along, across])};
}

function chainGrid(ticks, bar, {point, start, end, turned, ...rows}) {
  const captions = CAPTIONS.map(([row, along, down, left]) => (
    turned ? words(left, 11, down, "q") : words(0, rows[row] + 4, along, "q")));
  const lines = ticks.flatMap(([value]) => {
    const [[x1, y1], [x2, y2]] = [point(start, bar(value)), point(end, bar(value))];
    return [line(x1, y1, x2, y2, {class: value ? "grid" : "axis"}),
      turned ? words(x2, y2 + 14, power(value), "m q") : words(x1 - 6, y1 + 4, power(value), "e q")];
  });
  return [...captions, ...lines];
}

function chainLayer(network, i, place, bar, {lit, forward, back}) {
  const along = place.middle(i);
  const log = network.logs[i];
  const text = (across, content, kind) => {
    const [x, y] = place.point(along, across);
    return words(x, y + 4, content, kind);
  };
  const name = i === place.count - 1 ? "out" : i + 1;
  const labels = place.label(i);
  const product = log === null ? (i < network.zeros ? "0" : NONE) : power(log);
  return shape("g", {},
    lit ? chainBox(place, along, [0, Math.max(place.high + 12, place.low + 6)], place.pitch, {fill: "var(--grid)"}) : null,
    shape("g", {opacity: forward ? 1 : AHEAD}, labels ? text(place.value, chainBrief(network.value[i]), "m") : null),
    labels && place.tight ? text(place.number, name, "m q") : null,
    shape("g", {opacity: back ? 1 : AHEAD},
      chainCell(network, i, place, lit),
      place.tight ? null : text(place.layer, name, `m b ${chainInk(network, i)}`),
      labels ? [...chainArrow(place, along, network.colour), text(place.factor, chainBrief(network.factors[i]), "m")] : [],
      place.labelProduct(i) ? text(place.product, product, "m") : null,
      log === null ? null : chainBox(place, along, [bar(log), bar(0)], place.pitch * 0.62,
        {fill: network.colour, opacity: lit ? 1 : 0.8})));
}

function chainCell(network, i, place, lit) {
  const half = place.tight ? 6 : 14;
  const thick = Math.min(place.pitch - (place.tight ? 0 : 2), 26);
  return chainBox(place, place.middle(i), [place.layer - half, place.layer + half], thick, {
    rx: place.tight ? 0 : 4, fill: chainColour(network, i), class: "chain-cell", stroke: lit ? "var(--ink)" : "var(--faint)",
    "stroke-width": lit ? 2.5 : place.tight ? 0.3 : 1});
}

// The same colours as in the view Gradient flow: log10 of a layer's gradient over the output's.
function chainColour({logs, zeros}, i) {
  if (i < zeros) return "url(#chain-zero)";
  const ratio = logs[i] === null || logs.at(-1) === null ? NaN : logs[i] - logs.at(-1);
  return css(signed(ratio, FULL));
}

function chainInk({logs, zeros}, i) {
  return i >= zeros && Math.abs(logs[i] - logs.at(-1)) > 4 ? "chain-on-dark" : "chain-on-light";
}

function chainArrow({point, pitch, every, arrow}, along, colour) {
  const half = Math.min(13, pitch * every * 0.36);
  const strong = {stroke: colour, "stroke-width": 1.6};
  const tip = along - half;
  return [path([point(along + half, arrow), point(tip, arrow)], strong),
    path([point(tip + 4, arrow - 4), point(tip, arrow), point(tip + 4, arrow + 4)], strong)];
}

// A box around `along` that spans two places across.
function chainBox({point}, along, [one, other], thick, more) {
  const [from, to] = [Math.min(one, other), Math.max(one, other, Math.min(one, other) + 1.5)];
  const [[x1, y1], [x2, y2]] = [point(along - thick / 2, from), point(along + thick / 2, to)];
  const size = {width: Math.abs(x2 - x1), height: Math.abs(y2 - y1)};
  return shape("rect", {x: Math.min(x1, x2), y: Math.min(y1, y2), ...size, ...more});
}

function chainHatch() {
  const pattern = {id: "chain-zero", width: 4, height: 4, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)"};
  return shape("pattern", pattern, shape("rect", {width: 4, height: 4, fill: "#dddddd"}),
    shape("rect", {width: 1.5, height: 4, fill: "#888888"}));
}

// Two decimals, so that 0.98 and 1.02 differ, unless that would hide the number.
export function chainBrief(value) {
  if (value === null) return NONE;
  return Math.abs(value) >= 0.095 && Math.abs(value) < 9.995 ? value.toFixed(2) : brief(value, 2);
}

function chainSpoken({about, factors}) {
  return `${about}: factors of the layers from the first on ${factors.slice(0, -1).map(chainBrief).join(", ")}`;
}

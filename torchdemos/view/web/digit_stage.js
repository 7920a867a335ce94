// The digit, the neurons and the ten outputs, and what the chosen neuron gets from the one and gives to the others.
import {css, fullScale, signed} from "./colours.js";
import {canvas, brief, line, path, words} from "./draw.js";
import {SIDE} from "./draw_digit.js";
import {shape} from "./shape.js";
import {mapsOf} from "./sums.js";

const STRONG_SHARE = 0.35; // share of the largest product from which on an input is highlighted
const MOST_LINES = 60;
const NOT_REACHED = 0.25; // of what the values have not reached yet
const PEN_WIDTH = 2.2; // pixels of the digit

// Where everything stands, in pixels: {digit, maps, neurons, outputs, said, height}.
export function placesOn(width, {source, hidden}) {
  const wide = width >= 600;
  const apart = source.shape[1] !== SIDE; // the neurons' inputs are not the pixels, but maps of their own
  const side = wide ? width * (apart ? 0.235 : 0.392) : apart ? 104 : 202;
  const columns = Math.ceil(Math.sqrt(hidden.length));
  const cell = Math.min(31, (wide ? width * 0.235 : apart ? 118 : 136) / columns);
  const tall = wide ? width * 0.392 : 202;
  const middle = (height) => 24 + (tall - height) / 2;
  return {
    wide, height: wide ? tall + 40 : tall + 250,
    digit: {x: 0, y: middle(side), side},
    maps: apart ? {x: side + (wide ? 22 : 12), y: middle(wide ? 146 : 104), side: wide ? 146 : 104} : null,
    neurons: {x: wide ? width * 0.46 : width - columns * cell - 2, y: middle(columns * cell), columns, cell},
    outputs: {x: wide ? width * 0.745 : 14, y: wide ? 24 : tall + 58, row: wide ? tall / 11.4 : 19, end: width},
  };
}

export function digitStage(scene, width) {
  const places = placesOn(width, scene);
  const label = `${scene.said}. Neuron ${scene.chosen} holds ${brief(scene.value)}.`;
  return canvas(width, places.height, label,
    digitPaper(scene, places), mapsIn(scene, places), linesIn(scene, places), linesOut(scene, places),
    neuronCells(scene, places), outputBars(scene, places));
}

// 0 until the values have come as far as `from`, and 1 a third of the way later.
function arrivedAt(scene, from) {
  return Math.max(0, Math.min(1, (scene.progress - from) * 3));
}

function strongInputs({products}) {
  const most = fullScale(products);
  return [...products.keys()].filter((i) => most && Math.abs(products[i]) > STRONG_SHARE * most)
    .sort((one, other) => Math.abs(products[other]) - Math.abs(products[one])).slice(0, MOST_LINES);
}

// The inkSquare of an input on the screen: [x, y, size].
function inputAt(scene, {digit, maps}, i) {
  if (maps) return squareInMap(scene.source.shape, maps, i);
  const [x, y, size] = scene.placeOf(i).map((place) => place * digit.side / SIDE);
  return [digit.x + x, digit.y + y, size];
}

function squareInMap(source, {x, y, side}, i) {
  const [count, high, wide] = mapsOf(source);
  const columns = Math.ceil(Math.sqrt(count));
  const unit = side / columns / (Math.max(high, wide) + 1);
  const map = Math.floor(i / (high * wide));
  return [x + (map % columns * (wide + 1) + i % wide) * unit,
    y + (Math.floor(map / columns) * (high + 1) + Math.floor(i / wide) % high) * unit, unit];
}

export function inkColour(value) {
  return [224, 216, 204].map((light) => Math.round(255 - value * light * 0.62));
}

// The digit, with the inputs that count for the chosen neuron in colour.
function digitPaper(scene, places) {
  const {x, y, side} = places.digit;
  const sheet = shape("rect", {class: "sheet", x, y, width: side, height: side});
  const ink = scene.own ? strokesOn(scene, places.digit) : pixelsOn(scene, places.digit);
  const strong = places.maps ? [] : strongInputs(scene)
    .map((i) => inkSquare(inputAt(scene, places, i), productColour(scene, i)));
  const title = words(x, y - 8, scene.own ? "your digit" : `${SIDE * SIDE} pixels`, "b");
  const legend = side > 300 ? words(x + 84, y - 8, "orange adds, blue takes away", "q") : null;
  return [title, legend, sheet, ...ink, ...strong, penOf(scene, places.digit)];
}

function inkSquare([x, y, size], fill) {
  return shape("rect", {x, y, width: Math.max(size - 0.5, 0.5), height: Math.max(size - 0.5, 0.5), fill});
}

function productColour({products}, i) {
  return css(signed(products[i], fullScale(products)));
}

function pixelsOn({pixels}, {x, y, side}) {
  const size = side / SIDE;
  return [...pixels.keys()].filter((i) => pixels[i] > 0.02).map((i) =>
    inkSquare([x + i % SIDE * size, y + Math.floor(i / SIDE) * size, size], css(inkColour(pixels[i]))));
}

export function strokesOn({strokes, pen}, {x, y, side}) {
  const unit = side / SIDE;
  const hint = strokes.length || pen ? [] : [words(x + side / 2, y + side / 2, "draw a digit here", "m hint")];
  const drawn = strokes.map((stroke) => path([stroke[0], ...stroke].map(([a, b]) => [x + a * unit, y + b * unit]), {
    stroke: css(inkColour(1)), "stroke-width": PEN_WIDTH * unit, "stroke-linecap": "round", "stroke-linejoin": "round",
  }));
  return [...hint, ...drawn];
}

export function penOf({pen}, {x, y, side}) {
  if (!pen) return null;
  const unit = side / SIDE;
  const [cx, cy] = [x + pen.at[0] * unit, y + pen.at[1] * unit];
  return shape("circle", {class: pen.down ? "pen down" : "pen", cx, cy, r: 6});
}

function mapsIn(scene, {maps}) {
  if (!maps) return [];
  const {values, shape: source} = scene.source;
  const [full, part] = [fullScale(values), NOT_REACHED + (1 - NOT_REACHED) * arrivedAt(scene, 0)];
  const frames = Array.from({length: source[0]}, (_, map) => {
    const [x, y, unit] = squareInMap(source, maps, map * source[1] * source[2]);
    return shape("rect", {class: "sheet", x: x - 0.5, y: y - 0.5, width: unit * source[2], height: unit * source[1]});
  });
  return [words(maps.x, maps.y - 8, `${source[0]} maps`, "b"), ...frames, ...Array.from(values, (value, i) =>
    inkSquare(squareInMap(source, maps, i), css(signed(value * part, full))))];
}

function neuronCentre({x, y, columns, cell}, i) {
  return [x + (i % columns + 0.5) * cell, y + (Math.floor(i / columns) + 0.5) * cell];
}

// A line from a to b that has come `part` of the way in full, and is faint beyond.
function carriedLine([ax, ay], [bx, by], part, value, width) {
  const way = {stroke: value > 0 ? "var(--adds)" : "var(--takes)", "stroke-width": width};
  const [x, y] = [ax + (bx - ax) * part, ay + (by - ay) * part];
  const rest = part < 1 ? line(x, y, bx, by, {...way, opacity: 0.4 * NOT_REACHED}) : null;
  return [line(ax, ay, x, y, {...way, opacity: 0.4}), rest];
}

function linesIn(scene, places) {
  const most = fullScale(scene.products);
  const end = neuronCentre(places.neurons, scene.chosen);
  return strongInputs(scene).flatMap((i) => {
    const [x, y, size] = inputAt(scene, places, i);
    const product = scene.products[i];
    const thick = 0.6 + 1.6 * Math.abs(product) / most;
    return carriedLine([x + size / 2, y + size / 2], end, arrivedAt(scene, 0), product, thick);
  });
}

function outputMiddle({y, row}, i) {
  return y + (i + 0.5) * row;
}

function linesOut(scene, {wide, neurons: grid, outputs: rows}) {
  if (!wide || !scene.value) return []; // a neuron that holds 0 gives nothing
  const most = fullScale(scene.votes);
  const start = neuronCentre(grid, scene.chosen);
  return scene.votes.flatMap((vote, i) => carriedLine(start, [rows.x - 4, outputMiddle(rows, i)],
    arrivedAt(scene, 0.4), vote, 0.4 + 2.6 * Math.abs(vote) / most));
}

function neuronCells(scene, {neurons: grid}) {
  const full = fullScale(scene.hidden);
  const part = NOT_REACHED + (1 - NOT_REACHED) * arrivedAt(scene, 0.25);
  const cells = Array.from(scene.hidden, (value, i) => {
    const [x, y] = neuronCentre(grid, i);
    const size = grid.cell - 2;
    return shape("rect", {class: i === scene.chosen ? "cell chosen" : "cell", x: x - size / 2, y: y - size / 2,
      width: size, height: size, rx: 3, fill: css(signed(value * part, full))});
  });
  cells.push(cells.splice(scene.chosen, 1)[0]); // its frame lies over its neighbours
  return [words(grid.x, grid.y - 8, `${scene.hidden.length} neurons`, "b halo"), ...cells];
}

function outputBars(scene, places) {
  const {wide, outputs: rows} = places;
  const {x, y, row, end} = rows;
  const [opacity, room] = [NOT_REACHED + (1 - NOT_REACHED) * arrivedAt(scene, 0.67), end - x - 74];
  const bars = scene.shares.flatMap((share, i) => {
    const won = i === scene.says;
    const middle = outputMiddle(rows, i);
    const length = Math.max(1.5, room * (share || 0));
    return [words(x + 10, middle + 4, i, won ? "b e" : "q e"),
      shape("rect", {x: x + 18, y: middle - row * 0.3, width: length, height: row * 0.6, rx: 2, opacity,
        fill: won ? "var(--ink)" : "var(--edge)"}),
      share >= 0.005 ? words(x + 24 + length, middle + 4, percent(share), won ? "b" : "q") : null];
  });
  return [wide ? words(x, y - 8, "10 outputs", "b") : null, ...bars, ...answersOf(scene, places)];
}

// Under the outputs, or on a phone above them.
function answersOf({said, shares, others}, {wide, outputs: rows}) {
  const y = wide ? outputMiddle(rows, shares.length) + 10 : rows.y - 10;
  const other = (text, i) => (wide ? words(rows.x, y + 18 + 15 * i, text, "q") : words(rows.end, y, text, "q e"));
  return [shape("text", {class: "answered b", x: wide ? rows.x : 0, y}, said), ...others.map(other)];
}

export function percent(share) {
  return `${Math.round(100 * share)} %`;
}

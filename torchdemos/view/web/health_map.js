// The map of a watched model: a row for each layer, a column for each look, and in the same rows the chosen look as bars.
import {element} from "./dom.js";
import {canvas, line, linear, power, words} from "./draw.js";
import {paintFlow} from "./flow.js";
import {shape} from "./shape.js";

const [TALLEST_MAP, TALLEST_ROW] = [290, 24]; // pixels
const [MAP_TOP, MAP_FOOT] = [20, 22];
export const MAP_LETTER = 6.7;
export const MAP_LINE = 13;
const WIDEST = 40; // powers of ten that the bars show on either side

// Where everything stands in a picture of this width; `health.js` asks it what is under the pointer.
export function mapLayout(state, width) {
  const roomy = width > 600;
  const [rows, columns] = [state.labels.length, state.steps.length];
  const longest = Math.max(...state.labels.map((label) => label.length)) * MAP_LETTER + 14;
  const left = Math.min(longest, roomy ? 190 : 104);
  const right = width - (roomy ? 224 : 96) - 18;
  const height = Math.min(TALLEST_MAP, rows * TALLEST_ROW);
  const found = state.ratios.flat().filter((cell) => typeof cell === "number");
  const low = Math.max(Math.min(-2, Math.floor(Math.min(...found))), -WIDEST);
  const high = Math.min(Math.max(1, Math.ceil(Math.max(...found))), WIDEST);
  return {width, roomy, left, right, height, row: height / rows, low, high,
    across: linear(0, columns, left, right), bar: linear(low, high, right + 18, width - 8),
    columnAt: (x) => placeWithin(Math.floor((x - left) / (right - left) * columns), columns),
    rowAt: (y) => placeWithin(Math.floor((y - MAP_TOP) / height * rows), rows),
    holds: (x) => x >= left && x <= right};
}

export function placeWithin(place, count) {
  return Math.max(0, Math.min(place, count - 1));
}

// state: {labels, steps, ratios, colour, at, layer, shown}: `shown` columns have happened, the others are faint.
export function healthMap(state, width) {
  const place = mapLayout(state, width);
  const size = {width: place.right - place.left, height: place.height};
  const cells = element("canvas", {class: "health-cells"});
  paintFlow(cells, state.ratios, size.width, size.height);
  const inside = shape("foreignObject", {x: place.left, y: MAP_TOP, ...size}, cells); // paper shrinks it with the rest
  return canvas(width, MAP_TOP + place.height + MAP_FOOT, "", inside, healthNames(state, place),
    healthBars(state, place), healthSteps(state, place), healthFrames(state, place));
}

function healthNames({labels, layer}, {left, row}) {
  const every = Math.ceil(MAP_LINE / row);
  const near = (i) => Math.abs(i - layer) * row < MAP_LINE;
  const most = Math.floor((left - 10) / MAP_LETTER);
  return labels.flatMap((label, i) => (i === layer || (i % every === 0 && !near(i))
    ? [words(left - 8, MAP_TOP + (i + 0.5) * row + 4, shortLabel(label, most), i === layer ? "e b" : "e q")] : []));
}

// Sizes go first, then the middle: "0 (Linear)", "encod…inear1".
export function shortLabel(label, most) {
  const short = label.length <= most ? label : label.replace(/ \S+ → \S+\)$/, ")");
  return short.length <= most ? short : `${short.slice(0, Math.ceil(most / 2) - 1)}…${short.slice(1 - Math.floor(most / 2))}`;
}

// One bar a layer, from the last layer's size; a word where there is no number.
function healthBars({ratios, at, layer, colour}, {bar, row, low, high, roomy}) {
  const foot = MAP_TOP + ratios.length * row;
  const grid = healthTicks(low, high, roomy).flatMap((tick) => [
    line(bar(tick), MAP_TOP, bar(tick), foot, {class: tick ? "grid" : "axis"}),
    words(bar(tick), foot + 16, power(tick), tick === low ? "q" : "m q")]);
  return [grid, ratios.flatMap((cells, i) => {
    const [cell, y] = [cells[at], MAP_TOP + i * row];
    if (typeof cell !== "number") return row < MAP_LINE && i !== layer ? [] : [words(bar(0) - 4, y + row / 2 + 4, healthWord(cell), "e q halo")];
    const [from, to] = [bar(0), bar(Math.max(low, Math.min(cell, high)))];
    return [shape("rect", {x: Math.min(from, to), y: y + row * 0.16, width: Math.max(Math.abs(to - from), 1.5), height: row * 0.68,
      fill: colour, opacity: i === layer ? 1 : 0.72})];
  })].flat();
}

export function healthWord(cell) {
  return cell === null ? "none" : cell === "zero" ? "0" : "not finite";
}

function healthTicks(low, high, roomy) {
  const end = high - low > 4 && high < (high - low) / 4 ? 0 : high;
  return [...new Set([low, roomy && low < -3 ? Math.round(low / 2) : 0, 0, end])];
}

function healthSteps({steps, at}, {left, right, roomy, height}) {
  const foot = MAP_TOP + height + 16;
  const last = steps.length > 1 ? words(right, foot, steps.at(-1), "e q") : null;
  return [words(left, 13, "input at the top", "q"), words(right + 18, 13, `at step ${steps[at]}`, "b"),
    words(left, foot, `step ${steps[0]}`, "q"), last,
    roomy ? words((left + right) / 2, foot, "← → step, ↑ ↓ layer", "m q") : null].filter(Boolean);
}

function healthFrames({at, layer, shown, steps}, {across, left, right, width, row, height}) {
  const outline = {fill: "none", stroke: "var(--ink)"};
  const column = across(1) - across(0);
  const ahead = shown < steps.length ? shape("rect", {x: across(shown), y: MAP_TOP, width: right - across(shown), height,
    fill: "var(--page)", opacity: 0.7}) : null;
  return [ahead, shape("rect", {...outline, x: left, y: MAP_TOP, width: right - left, height, stroke: "var(--edge)"}),
    shape("rect", {...outline, x: across(at) - 0.5, y: MAP_TOP - 3, width: column + 1, height: height + 6, "stroke-width": 2}),
    shape("rect", {...outline, x: left - 2, y: MAP_TOP + layer * row, width: width - left - 2, height: row, "stroke-width": 1.2}),
  ].filter(Boolean);
}

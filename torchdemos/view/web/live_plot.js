// One plot of all curves, redrawn in place: a path for each, which is all that changes while the axes hold.
import {axis} from "./axes.js";
import {element} from "./dom.js";
import {line, linear, words} from "./draw.js";
import {shape} from "./shape.js";

const [PLOT_LEFT, PLOT_RIGHT, PLOT_ABOVE, PLOT_BELOW] = [52, 12, 8, 20]; // pixels around the curves
const ABOVE_FIRST = 100; // times the first loss: what was once beyond that has left at the top
const [RECENT_SHARE, HIGHEST] = [0.5, 1e300]; // the last part of the current curve is seen whole
const LEAVES = -12; // pixels from the top, where a curve that has left is
const PARTS_OF_TEN = 4; // the log axis ends at quarters of powers of ten
const LEAST_STEPS = 50;
const LEAST_RANGE = 3; // the top of the log axis by its bottom
const MIDDLE = 4; // pixels that the line through the middle takes together
const ROUND_ENDS = [1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

// `quantity` is "loss" (a log axis) or "accuracy" (from 0 to 1). plot.draw(curves, width, height) draws what is new.
export function livePlot(quantity, label) {
  const plot = {quantity, axes: null, paths: new Map(), shown: new Map()};
  plot.grid = shape("g", {class: "grid"});
  plot.beyond = shape("path", {class: "beyond-mark"});
  plot.lines = shape("g", {"clip-path": `url(#clip-${quantity})`});
  plot.frame = shape("rect", {});
  plot.end = shape("circle", {r: 4, class: "end"});
  plot.svg = shape("svg", {role: "img", "aria-label": label}, shape("clipPath", {id: `clip-${quantity}`}, plot.frame),
    plot.beyond, plot.grid, plot.lines, plot.end);
  plot.element = element("div", {class: "live-plot"}, plot.svg);
  plot.draw = (curves, width, height) => width > 0 && height > 0 && drawPlot(plot, curves, width, height);
  return plot;
}

function drawPlot(plot, curves, width, height) {
  const limits = limitsOn(plot.quantity, curves.list);
  const key = JSON.stringify([limits, width, height]);
  if (key !== plot.key) {
    Object.assign(plot, {key, axes: axesOf(limits, width, height)});
    plot.shown.clear();
    drawAxes(plot, width, height);
  }
  const {left, top, floor} = plot.axes;
  const span = ([from, to]) => `M${left(from)} ${PLOT_ABOVE}H${Math.max(left(to), left(from) + 1)}V${floor}H${left(from)}Z`;
  plot.beyond.setAttribute("d", curves.beyond.map(span).join(""));
  curves.list.forEach((curve, i) => drawCurve(plot, curve, i === curves.list.length - 1));
  for (const [name, path] of plot.paths) if (!curves.list.some((curve) => curve.name === name)) {
    path.remove();
    plot.paths.delete(name);
  }
  markEnd(plot, curves.list.at(-1), left, top);
}

function limitsOn(quantity, list) {
  const last = roundEnd(Math.max(LEAST_STEPS, ...list.flatMap(({loss, accuracy}) => [loss, accuracy].map(({steps}) => steps.at(-1) ?? 0))));
  if (quantity === "accuracy") return {last, low: 0, high: 1, log: false};
  const found = list.map(({loss}) => loss).filter(({first}) => first !== null);
  const most = Math.max(recentMost(list.at(-1)?.loss), ...found.map((one) => Math.min(one.most, ABOVE_FIRST * Math.abs(one.first))));
  const lowest = Math.min(...found.map((one) => one.lowest));
  if (lowest < 0) return {last, ...roundSpan(lowest, most), log: false}; // it has no logarithm
  const least = Math.min(...found.map((one) => one.least));
  return {last, ...(most > 0 && least < Infinity ? roundDecades(least, most) : {low: 0.1, high: 10}), log: true};
}

function recentMost({steps, values} = {steps: [], values: []}) {
  const from = steps.findIndex((step) => step >= steps.at(-1) * RECENT_SHARE);
  return values.slice(from).reduce((most, value) => (value > most && value <= HIGHEST ? value : most), -Infinity);
}

function roundDecades(least, most) {
  const quarter = (value, round) => 10 ** (round(Math.log10(value) * PARTS_OF_TEN) / PARTS_OF_TEN);
  const [low, high] = [quarter(least * 0.95, Math.floor), quarter(Math.max(most, least) * 1.05, Math.ceil)];
  const wider = Math.max(1, Math.sqrt(LEAST_RANGE * low / high));
  return {low: low / wider, high: high * wider};
}

function roundSpan(lowest, most) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(most - lowest, 1e-9)));
  return {low: Math.floor(lowest / unit) * unit, high: Math.ceil(most / unit) * unit + unit / 2};
}

// The axis of steps grows in jumps, so that it does not move all the time.
function roundEnd(last) {
  const power = 10 ** Math.floor(Math.log10(last));
  return power * ROUND_ENDS.find((part) => part * power >= last);
}

function axesOf({last, low, high, log}, width, height) {
  const floor = height - PLOT_BELOW;
  const [up, across] = [axis([low, high], {log, most: Math.max(2, Math.floor(height / 34))}), axis([0, last], {most: 5})];
  const left = linear(0, last, PLOT_LEFT, width - PLOT_RIGHT);
  const scale = log ? Math.log10 : (value) => value;
  const way = linear(scale(low), scale(high), floor, PLOT_ABOVE);
  const inside = (value) => Math.max(LEAVES, Math.min(way(scale(value)), floor));
  const top = (value) => (value === null || Number.isNaN(value) ? LEAVES : inside(value));
  return {left, top, floor, up, across, log, right: width - PLOT_RIGHT};
}

function drawAxes({svg, grid, frame, axes, quantity}, width, height) {
  const {left, top, floor, up, across, right} = axes;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("height", height);
  const place = {x: PLOT_LEFT, y: PLOT_ABOVE - 4, width: right - PLOT_LEFT + 5, height: floor - PLOT_ABOVE + 6};
  for (const [name, value] of Object.entries(place)) frame.setAttribute(name, value);
  const named = (value, text) => (quantity === "accuracy" ? `${Math.round(100 * value)} %` : text);
  grid.replaceChildren(
    ...up.ticks.flatMap(([value, text]) => [line(PLOT_LEFT, top(value), right, top(value), {class: "grid"}),
      words(PLOT_LEFT - 7, top(value) + 4, named(value, text), "e q")]),
    ...across.ticks.map(([value, text], i) => words(left(value), floor + 16, i ? text : `step ${text}`,
      i === 0 ? "q" : left(value) > right - 14 ? "e q" : "m q")));
}

function drawCurve(plot, curve, isCurrent) {
  const {steps, values} = curve[plot.quantity];
  const state = `${isCurrent} ${steps.length} ${curve.colour}`;
  if (plot.shown.get(curve.name) === state) return;
  plot.shown.set(curve.name, state);
  if (!plot.paths.has(curve.name)) plot.paths.set(curve.name, plot.lines.appendChild(shape("g", {}, shape("path", {class: "band"}), shape("path", {}))));
  const path = plot.paths.get(curve.name);
  path.setAttribute("class", isCurrent ? "curve" : "curve older");
  path.style.color = curve.colour;
  const [band, middle] = traced(steps, values, plot.axes);
  path.firstChild.setAttribute("d", band);
  path.lastChild.setAttribute("d", middle);
}

// Two paths: all values as a pale band, and through its middle a line. A loss that is no number leaves at the top, and
// the line begins anew after it.
function traced(steps, values, axes) {
  const places = steps.map((step, i) => [axes.left(step), axes.top(values[i])]);
  return [columnsOf(places, 1), columnsOf(places, MIDDLE)].map((columns, i) => pathOf(columns, i === 0));
}

// [x, lowest, highest, mean, gone] of each column of so many pixels.
function columnsOf(places, size) {
  const columns = [];
  let [at, count] = [null, 0];
  for (const [x, y] of places) {
    const [column, gone] = [Math.floor(x / size), y === LEAVES];
    if (at && at.column === column && at.gone === gone) {
      count++;
      at.x += (x - at.x) / count;
      at.mean += (y - at.mean) / count;
      [at.low, at.high] = [Math.min(at.low, y), Math.max(at.high, y)];
    } else {
      at = {column, gone, x, low: y, high: y, mean: y};
      count = 1;
      columns.push(at);
    }
  }
  return columns;
}

function pathOf(columns, isBand) {
  let away = true;
  return columns.map(({x, low, high, mean, gone}, i) => {
    const to = away && (gone || i === 0 || columns[i - 1].gone) ? "M" : "L";
    away = gone;
    const end = isBand ? `${low.toFixed(1)}V${high.toFixed(1)}` : mean.toFixed(1);
    return `${to}${x.toFixed(1)} ${end}`;
  }).join("");
}

function markEnd({end, quantity}, current, left, top) {
  const {steps, values} = current?.[quantity] ?? {steps: []};
  const y = steps.length ? top(values.at(-1)) : LEAVES;
  end.style.display = y === LEAVES ? "none" : "";
  if (y === LEAVES) return;
  end.setAttribute("transform", `translate(${left(steps.at(-1)).toFixed(1)} ${y.toFixed(1)})`);
  end.style.fill = current.colour;
}

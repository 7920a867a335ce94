// A line chart: measured lines over pale dashes of theory, a legend that hides and shows lines, values on hover.
import {LINES} from "./colours.js";
import {element} from "./dom.js";
import {axis} from "./axes.js";
import {keys} from "./keys.js";
import {readout} from "./readout.js";
import {shape} from "./shape.js";

const HEIGHT = 240;
const MARGIN = {right: 14, top: 10, bottom: 40};
const LETTER = 7; // pixels of the widest digit
const DOTS = 30; // a line with at most this many points shows each of them

// chart({title, about, x: {label, log}, y: {label, log}, series: [{name, points: [[x, y]], colour, dashed}], restarts})
export function chart({title = "", about = "", x = {}, y = {}, series, restarts = []}) {
  const lines = series.map((line, i) => ({...line, colour: line.colour ?? LINES[i % LINES.length], hidden: false}));
  const canvas = element("div", {class: "plot", tabindex: 0, role: "img", "aria-label": spoken(title, lines)});
  const draw = () => {
    const plot = layOut(lines.filter((line) => !line.hidden), x, y, canvas.clientWidth || 520);
    const pointer = readout(plot, x.label ?? "");
    canvas.replaceChildren(picture(plot, x, y, restarts, pointer.marks), pointer.box);
    const left = (event) => event.clientX - canvas.getBoundingClientRect().left;
    canvas.onpointermove = (event) => pointer.at(left(event) * scale(canvas, plot));
    canvas.onpointerleave = canvas.onblur = pointer.hide;
    canvas.onkeydown = pointer.key;
  };
  draw();
  new ResizeObserver(() => canvas.clientWidth && draw()).observe(canvas);
  return element("figure", {class: "chart"}, title ? element("figcaption", {}, title) : null,
    canvas, keys(lines, draw), about ? element("p", {class: "about"}, about) : null);
}

function layOut(lines, x, y, width) {
  const all = lines.flatMap((line) => line.points);
  const up = axis(all.map(([, value]) => value), {log: y.log, air: 0.05});
  const start = Math.max(...up.ticks.map(([, text]) => text.length), 2) * LETTER + (y.label ? 28 : 10);
  const inner = {width: Math.max(width - start - MARGIN.right, 50), height: HEIGHT - MARGIN.top - MARGIN.bottom};
  const across = axis(all.map(([place]) => place), {log: x.log, most: Math.max(2, Math.floor(inner.width / 60))});
  const left = (value) => start + across.place(value) * inner.width;
  const top = (value) => MARGIN.top + (1 - up.place(value)) * inner.height;
  return {lines, width, start, inner, across, up, left, top, ceiling: MARGIN.top, bottom: HEIGHT - MARGIN.bottom};
}

function picture(plot, x, y, restarts, pointer) {
  const {width, across, inner} = plot;
  const order = [...plot.lines].sort((one, other) => Boolean(other.dashed) - Boolean(one.dashed));
  const middle = MARGIN.top + inner.height / 2;
  return shape("svg", {viewBox: `0 0 ${width} ${HEIGHT}`},
    grid(plot),
    restarts.filter((step) => across.place(step) >= 0 && across.place(step) <= 1).map((step) => restart(step, plot)),
    order.map((line) => drawn(line, plot)),
    shape("text", {class: "label", x: plot.start + inner.width / 2, y: HEIGHT - 4}, x.label ?? ""),
    shape("text", {class: "label", transform: `translate(12 ${middle}) rotate(-90)`}, y.label ?? ""),
    pointer);
}

function grid(plot) {
  const right = plot.width - MARGIN.right;
  const down = plot.across.ticks.flatMap(([value, text]) => [
    shape("path", {d: `M${plot.left(value)} ${MARGIN.top}V${plot.bottom}`}),
    shape("text", {class: "down", x: plot.left(value), y: plot.bottom + 16}, text)]);
  const along = plot.up.ticks.flatMap(([value, text]) => [
    shape("path", {d: `M${plot.start} ${plot.top(value)}H${right}`}),
    shape("text", {class: "along", x: plot.start - 6, y: plot.top(value) + 4}, text)]);
  return shape("g", {class: "grid"}, down, along);
}

// Where a run began again.
function restart(step, plot) {
  return shape("path", {class: "mark restart", d: `M${plot.left(step)} ${MARGIN.top}V${plot.bottom}`},
    shape("title", {}, `the run began again at step ${step}`));
}

// A line breaks where a value is missing, not finite, or has no place on the axis. A lone point becomes a dot.
function drawn(line, plot) {
  const pieces = unbroken(line.points, plot);
  const path = pieces.map((piece) => `M${piece.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`).join("");
  const few = line.points.length <= DOTS && !line.dashed;
  const dots = pieces.filter((piece) => few || piece.length === 1).flat();
  return shape("g", {class: line.dashed ? "line theory" : "line", style: `--line: ${line.colour}`},
    shape("path", {d: path}), dots.map(([cx, cy]) => shape("circle", {cx, cy, r: 2.5})));
}

function unbroken(points, plot) {
  const pieces = [[]];
  for (const [x, y] of points) {
    if (plot.across.holds(x) && plot.up.holds(y)) pieces.at(-1).push([plot.left(x), plot.top(y)]);
    else pieces.push([]);
  }
  return pieces.filter((piece) => piece.length);
}

function scale(canvas, plot) {
  return plot.width / (canvas.clientWidth || plot.width);
}

function spoken(title, lines) {
  return `${title || "chart"}: ${lines.map((line) => line.name).join(", ")}. Arrow keys read the values.`;
}

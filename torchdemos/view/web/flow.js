// The one colour scale of gradients: log10 of a layer's gradient by the last layer's, from -6 to 6 whatever the data are.
import {sizedCanvas} from "./cells.js";
import {css, signed} from "./colours.js";
import {element} from "./dom.js";
import {brief, power} from "./draw.js";

const FLOW_LIMIT = 6;
const FLOW_RAMP = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1].map((part) => css(signed(part, 1)));
export const STRIPES = 6; // pixels from stripe to stripe of an exact 0
const PLAIN_FACTOR = 3; // powers of ten up to which a factor is written as a plain number

// Cells as profiles.py has them, [layers][steps]: each number becomes relative to that of the last layer that has one.
export function ratiosOf(cells) {
  const last = (cells[0] ?? []).map((_, i) => cells.findLast((row) => typeof row[i] === "number")?.[i]);
  return cells.map((row) => row.map((cell, i) => (typeof cell === "number" ? cell - last[i] : cell)));
}

// Draws a cell for each layer and step. What is no number is drawn last, so that it is seen between narrow columns.
export function paintFlow(canvas, ratios, width, height) {
  const context = sizedCanvas(canvas, width, height);
  const fine = window.devicePixelRatio || 1;
  const edge = (place, count, size) => Math.round(place / count * size * fine) / fine;
  const [rows, columns] = [ratios.length, ratios[0]?.length ?? 0];
  const stripes = flowStripes(context);
  for (const numbers of [true, false]) {
    ratios.forEach((row, y) => row.forEach((cell, x) => {
      if (cell === null || (typeof cell === "number") !== numbers) return;
      const [left, top] = [edge(x, columns, width), edge(y, rows, height)];
      context.fillStyle = flowInk(cell, stripes);
      context.fillRect(left, top, Math.max(edge(x + 1, columns, width) - left, numbers ? 0 : 1 / fine),
        Math.max(edge(y + 1, rows, height) - top, numbers ? 0 : 1 / fine));
    }));
  }
}

// What fills a cell: the colour of its number, stripes for an exact 0, magenta for what is not finite.
export function flowInk(cell, stripes) {
  return typeof cell === "number" ? css(signed(cell, FLOW_LIMIT)) : cell === "zero" ? stripes : css(signed(NaN, 1));
}

export function flowStripes(context) {
  const tile = element("canvas", {width: STRIPES, height: STRIPES});
  const pen = tile.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, STRIPES, STRIPES);
  pen.strokeStyle = "#777";
  pen.lineWidth = 1.5;
  for (const start of [-STRIPES, 0, STRIPES]) {
    pen.moveTo(start, STRIPES);
    pen.lineTo(start + STRIPES, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}

// `matrices` are those that are shown: an empty cell is explained only where there is one.
export function flowLegend(matrices) {
  const empty = matrices.some((ratios) => ratios.some((row) => row.includes(null)));
  const ramp = element("i", {style: `background: linear-gradient(90deg, ${FLOW_RAMP.join(", ")})`});
  const swatch = (name, words) => element("span", {class: "legend"}, element("i", {class: name}), words);
  return [element("span", {class: "legend"}, `vanishes ${power(-FLOW_LIMIT)}`, ramp, `${power(FLOW_LIMIT)} explodes`),
    swatch("exactly-zero", "exactly 0"), swatch("absent", "not finite"), empty ? swatch("unlogged", "none logged") : null];
}

// "0.014 times the last layer's", "10⁻¹⁰·⁵ of the last layer's", "exactly 0", "not finite", "not logged".
export function ratioInWords(cell) {
  if (cell === null) return "not logged";
  if (typeof cell !== "number") return cell === "zero" ? "exactly 0" : "not finite";
  return Math.abs(cell) <= PLAIN_FACTOR ? `**${brief(10 ** cell, 2)}** times the last layer's`
    : `**${power(cell, 1)}** of the last layer's`;
}

// "0 (Linear 20 → 64)" for a layer that is called by its place, "fc1" for one with a name.
export function layerLabel(name, kind) {
  return kind && /(^|\.)\d+$/.test(name) ? `${name} (${kind})` : name;
}

// Two losses over p, and under them ten probabilities on the same axis: the bar of the right digit ends under the dot.
import {sizedCanvas} from "./cells.js";
import {element} from "./dom.js";
import {canvas, dot, line, linear, path, words} from "./draw.js";
import {crossEntropyOf, lossText, pText, probabilityOf, squaredErrorOf} from "./loss_values.js";
import {shape} from "./shape.js";

const P_EDGE = 16; // pixels from p = 1 to the right edge
const HIGHEST_LOSS = 4.65; // −ln 0.01 = 4.605
const CROSS_ENTROPY = "var(--red)";
const SQUARED_ERROR = "var(--blue)";
const INK_COLOUR = [31, 39, 51];
const DASHED = {stroke: "var(--ink)", "stroke-width": 1.5, "stroke-dasharray": "4 3"};

export function lossPicture({hero: {digit}, logits}, width) {
  const p = probabilityOf(logits, digit.label);
  const plot = plotOf(width);
  return element("div", {}, canvas(width, plot.row(10), `−ln p and (1 − p)² over p, at p = ${pText(p)}`,
    lossAxes(plot), tenBars(digit, logits, plot), fromBarToLoss(p, digit, plot), lossCurves(plot), dotsAt(p, plot),
    words(plot.x(1), 28 * plot.cell + 20, `a handwritten ${digit.label}`, "e q halo")), inkOf(digit, plot));
}

// The p under a pointer, `left` pixels from the picture's edge.
export function pAt(left, width) {
  return linear(plotStart(width), width - P_EDGE, 0, 1)(left);
}

function plotStart(width) {
  return width < 500 ? 102 : 118;
}

// Where things are. On a phone the picture is lower, so that it fits under the question and the answer.
function plotOf(width) {
  const narrow = width < 500;
  const bottom = narrow ? 176 : 204;
  const y = linear(0, HIGHEST_LOSS, bottom, 10);
  return {width, narrow, bottom, cell: narrow ? 2.5 : 4, x: linear(0, 1, plotStart(width), width - P_EDGE),
    y: (loss) => y(Math.min(loss, HIGHEST_LOSS)), row: (i) => bottom + 26 + i * (narrow ? 14.6 : 16.4)};
}

function lossAxes({x, y, bottom}) {
  const losses = [0, 1, 2, 3, 4].flatMap((loss) => [words(x(0) - 8, y(loss) + 4, loss, "e q"),
    line(x(0), y(loss), x(1), y(loss), {class: loss ? "grid" : "axis"})]);
  const parts = [0, 0.25, 0.5, 0.75, 1].map((p) => words(x(p), bottom + 15, p, "m q"));
  return [losses, parts, words(0, 20, "loss", "q"), words(0, bottom + 15, "it says", "q")].flat();
}

function lossCurves({x, y, narrow}) {
  const ps = Array.from({length: 331}, (_, i) => 0.01 + i * 0.003);
  const curve = (loss, stroke) => path(ps.map((p) => [x(p), y(loss(p))]), {stroke, "stroke-width": 3});
  const name = (p, loss, text, colour) => [
    dot(x(p), y(loss), 5, colour), words(x(p) + 10, y(loss) + 4, text, "b halo")];
  return [curve(squaredErrorOf, SQUARED_ERROR), curve(crossEntropyOf, CROSS_ENTROPY),
    ...name(narrow ? 0.2 : 0.15, narrow ? 1.8 : 2.3, "cross entropy: −ln p", CROSS_ENTROPY),
    ...name(0.02, 0.15, narrow ? "squared: (1 − p)²" : "squared error: (1 − p)²", SQUARED_ERROR)];
}

function tenBars({label}, logits, {x, row}) {
  return logits.flatMap((_, i) => {
    const p = probabilityOf(logits, i);
    const top = row(i);
    const kind = i === label ? "b e" : "e q";
    return [words(x(0) - 52, top + 11, i, kind), words(x(0) - 8, top + 11, `${Math.round(100 * p)} %`, kind),
      shape("rect", {class: "ten", x: x(0), y: top, width: x(p) - x(0), height: 13,
        fill: i === label ? CROSS_ENTROPY : "var(--edge)"}),
      line(x(0), top, x(0), top + 13, {class: "axis"}), i === label ? words(0, top + 11, "truth", "b") : null];
  });
}

// From the end of the right digit's bar up to the curve, and across to the loss.
function fromBarToLoss(p, {label}, {x, y, row}) {
  const loss = crossEntropyOf(p);
  return [line(x(p), row(label), x(p), y(loss), DASHED), line(x(p), y(loss), x(0), y(loss), DASHED),
    shape("rect", {x: x(0) - 58, y: y(loss) - 12, width: 54, height: 23, rx: 5, fill: "var(--ink)"}),
    words(x(0) - 31, y(loss) + 5, lossText(loss), "m b loss-now")];
}

function dotsAt(p, {x, y, width, narrow}) {
  const loss = crossEntropyOf(p);
  const most = width - (narrow ? 74 : 128); // words that begin here end at the edge
  const beside = x(p) + 16 < most;
  return [dot(x(p), y(squaredErrorOf(p)), 5, SQUARED_ERROR, {stroke: "var(--page)"}),
    dot(x(p), y(loss), 10, CROSS_ENTROPY, {stroke: "var(--page)", "stroke-width": 2.5}),
    words(beside ? x(p) + 16 : most, y(loss) - (beside ? 8 : 18), `p = ${pText(p)}${narrow ? "" : " ↔ drag"}`,
      "b halo")];
}

// The digit as it was written, in the corner that no curve reaches.
function inkOf({label, pixels}, {cell}) {
  const made = element("canvas", {class: "loss-digit", role: "img", "aria-label": `a handwritten ${label}`});
  const pen = sizedCanvas(made, 28 * cell, 28 * cell);
  pixels.forEach((ink, i) => {
    pen.fillStyle = `rgb(${INK_COLOUR.map((full) => 255 - (255 - full) * ink / 255)})`;
    pen.fillRect(i % 28 * cell, Math.floor(i / 28) * cell, cell + 1, cell + 1); // overlaps, for no seam between cells
  });
  return made;
}

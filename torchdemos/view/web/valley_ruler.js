// The ruler under the slider: what each learning rate does, the wall at 2 / curvature, and the dots of the run.
import {axis} from "./axes.js";
import {brief, canvas, dot, line, linear, words} from "./draw.js";
import {shape} from "./shape.js";

const KNOB = 11; // pixels, half the slider's knob: its middle stands on the ruler
const TRACK = 30; // pixels from the top to the middle of the slider
const OUTLINE = {stroke: "var(--page)", "stroke-width": 1.5};
const LETTER_WIDTH = 6.6; // pixels

export function ruler(state, width) {
  const x = linear(0, state.end, KNOB, width - KNOB);
  const inside = state.balls.filter(({multiple}) => multiple <= state.end);
  return canvas(width, 72, "Learning rates from 0 to beyond the wall.",
    ruledZones(state, x), wallMark(state, x(1), width), rateTicks(state, x, width),
    inside.map(({multiple, colour}) => dot(x(multiple), TRACK, 5.5, colour, OUTLINE)),
    ownLabel(state, x(state.own), width));
}

// A band for each zone, the last in red, and its word under it where it fits.
function ruledZones({zones, end}, x) {
  return zones.flatMap(({below, word}, i) => {
    const from = x(i ? zones[i - 1].below : 0), to = x(Math.min(below ?? Infinity, end));
    if (to - from < 2) return [];
    const colour = i === zones.length - 1 ? {fill: "var(--red)", opacity: 0.3} : {fill: "var(--edge)"};
    const fits = word.length * LETTER_WIDTH < to - from;
    return [shape("rect", {x: from + 1, y: TRACK - 5, width: to - from - 2, height: 10, ...colour}),
      fits ? words((from + to) / 2, 53, word, "m") : null];
  });
}

function wallMark({wall_name: name}, x, width) {
  return [line(x, TRACK - 12, x, TRACK + 28, {stroke: "var(--ink)", "stroke-width": 4}),
    words(x, 70, wallText(name, width), "m b")];
}

function wallText(name, width) {
  return width > 480 ? `the wall 2/λ = ${name}` : `2/λ = ${name}`;
}

function rateTicks({wall, end, wall_name: name}, x, width) {
  const taken = (wallText(name, width).length + 6) * LETTER_WIDTH / 2;
  return axis([0, end * wall], {most: width > 480 ? 8 : 4}).ticks.map(([value, text]) => [x(value / wall), text])
    .filter(([at]) => Math.abs(at - x(1)) > taken).map(([at, text]) => words(at, 70, text, at > KNOB ? "m q" : "q"));
}

function ownLabel({used, own, wall}, x, width) {
  const text = used ? `yours: ${brief(own * wall)}` : "drag: a learning rate of your own";
  const half = text.length * LETTER_WIDTH / 2;
  return words(Math.max(half, Math.min(width - half, x)), 13, text, "m b");
}

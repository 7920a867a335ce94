// The ruler of the dial: a logarithmic track from the smallest to the largest learning rate, and the zone beyond the mark.
import {axis} from "./axes.js";
import {canvas, line, words} from "./draw.js";
import {shape} from "./shape.js";

export const RULER_TRACK = 44; // pixels from the top to the middle of the track
export const RULER_HEIGHT = 78;
export const KNOB_EDGE = 14; // pixels of a track's end that only the knob reaches
const LEAST_PART = 1e-6; // of the largest value, where the ruler begins if the smallest is 0
const ZONE = 15; // pixels of the zone above and below the middle of the track
const [WORD_LETTER, WORD_EDGE, KNOB_HALF] = [7, 10, 18]; // pixels; half the knob and its glow

// {place(value), value(place)}: from a learning rate to a part of the way, and back.
export function logScale(low, high) {
  const [from, to] = [Math.log(low > 0 ? low : high * LEAST_PART), Math.log(high)];
  return {
    place: (value) => (value > 0 ? Math.min(Math.max((Math.log(value) - from) / (to - from), 0), 1) : 0),
    value: (place) => Math.exp(from + Math.min(Math.max(place, 0), 1) * (to - from)),
  };
}

// Where the word of the zone stands beside the knob: at its "end", at its "start", or where there is no room, null.
export function wordSide({mark, rate, ...ends}, width) {
  if (!mark) return null;
  const [at, knob] = [mark.rate, rate].map(placesOnRuler(ends, width));
  const long = wordOf(mark).length * WORD_LETTER + WORD_EDGE;
  const isFree = (from, to) => knob + KNOB_HALF < from || to < knob - KNOB_HALF;
  if (width - at < long + WORD_EDGE) return null;
  return isFree(width - long, width) ? "end" : isFree(at, at + long) ? "start" : null;
}

export function liveRuler(dial, width) {
  const {low, high, mark} = dial;
  const x = placesOnRuler(dial, width);
  const track = shape("rect", {class: "track", x: 0, y: RULER_TRACK - 4, width, height: 8, rx: 4});
  return canvas(width, RULER_HEIGHT, "", track, mark ? zoneBeyond(mark, x(mark.rate), width, wordSide(dial, width)) : null, rulerTicks(low, high, x));
}

function placesOnRuler({low, high}, width) {
  const scale = logScale(low, high);
  return (value) => KNOB_EDGE + scale.place(value) * (width - 2 * KNOB_EDGE);
}

function wordOf({exact}) {
  return exact ? "diverges" : "too large, here and now";
}

function zoneBeyond(mark, at, width, side) {
  const {exact} = mark;
  const dashes = exact ? {} : {"stroke-dasharray": "5 4"};
  const from = side === "end" ? width - WORD_EDGE : at + WORD_EDGE;
  return shape("g", {class: exact ? "zone exact" : "zone"},
    shape("rect", {x: at, y: RULER_TRACK - ZONE, width: width - at, height: 2 * ZONE, rx: 4}),
    line(at, RULER_TRACK - 20, at, RULER_TRACK + 19, {class: "at", ...dashes}),
    side ? words(from, RULER_TRACK + 4, wordOf(mark), side === "end" ? "e" : "") : null);
}

function rulerTicks(low, high, x) {
  return axis([low, high], {log: true, most: 12}).ticks.flatMap(([value, text]) => [
    line(x(value), RULER_TRACK + 8, x(value), RULER_TRACK + 14, {class: "tick"}),
    words(x(value), RULER_TRACK + 29, text, "m q")]);
}

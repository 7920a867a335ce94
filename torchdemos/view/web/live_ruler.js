// The ruler of the dial: a logarithmic track from the smallest to the largest learning rate, and the zone beyond the mark.
import {axis} from "./axes.js";
import {canvas, line, words} from "./draw.js";
import {shape} from "./shape.js";

export const RULER_TRACK = 44; // pixels from the top to the middle of the track
export const RULER_HEIGHT = 78;
export const KNOB_EDGE = 14; // pixels of a track's end that only the knob reaches
const LEAST_PART = 1e-6; // of the largest value, where the ruler begins if the smallest is 0
const ZONE = 15; // pixels of the zone above and below the middle of the track

// {place(value), value(place)}: from a learning rate to a part of the way, and back.
export function logScale(low, high) {
  const [from, to] = [Math.log(low > 0 ? low : high * LEAST_PART), Math.log(high)];
  return {
    place: (value) => (value > 0 ? Math.min(Math.max((Math.log(value) - from) / (to - from), 0), 1) : 0),
    value: (place) => Math.exp(from + Math.min(Math.max(place, 0), 1) * (to - from)),
  };
}

export function liveRuler({low, high, mark}, width) {
  const scale = logScale(low, high);
  const x = (value) => KNOB_EDGE + scale.place(value) * (width - 2 * KNOB_EDGE);
  const track = shape("rect", {class: "track", x: 0, y: RULER_TRACK - 4, width, height: 8, rx: 4});
  return canvas(width, RULER_HEIGHT, "", track, mark ? zoneBeyond(mark, x(mark.rate), width) : null, rulerTicks(low, high, x));
}

function zoneBeyond({exact}, at, width) {
  const dashes = exact ? {} : {"stroke-dasharray": "5 4"};
  const word = exact ? "diverges" : "too large, here and now";
  const fits = word.length * 7 + 24 < width - at;
  return shape("g", {class: exact ? "zone exact" : "zone"},
    shape("rect", {x: at, y: RULER_TRACK - ZONE, width: width - at, height: 2 * ZONE, rx: 4}),
    line(at, RULER_TRACK - 20, at, RULER_TRACK + 19, {class: "at", ...dashes}),
    fits ? words(width - 10, RULER_TRACK + 4, word, "e") : null);
}

function rulerTicks(low, high, x) {
  return axis([low, high], {log: true, most: 12}).ticks.flatMap(([value, text]) => [
    line(x(value), RULER_TRACK + 8, x(value), RULER_TRACK + 14, {class: "tick"}),
    words(x(value), RULER_TRACK + 29, text, "m q")]);
}

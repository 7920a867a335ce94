// The signal by depth on a log axis. Exactly 0 is no power of ten: it has a line of its own under a break.
import {axis} from "./axes.js";
import {names} from "./cards.js";
import {brief, canvas, dot, drawing, line, linear, path, words} from "./draw.js";

const SIGNAL_HEIGHT = 290;
const SIGNAL_LEFT = 44;

// series: [{name, factor, colour, points: [[layer, size]]}]; a size that is not finite is null and has no dot. `factor`
// is what theory says that a layer makes of the size, or null.
export function signalByDepth(series) {
  return drawing((width) => signalDrawn(series, width));
}

function signalDrawn(series, width) {
  const shown = series.map((one) => ({...one, name: signalName(one), points: one.points.filter(([, size]) => size !== null)}));
  const right = width - Math.max(...shown.map(({name}) => name.length)) * 7 - 24;
  const layers = Math.max(...series.map(({points}) => points.length));
  const across = linear(1, Math.max(layers, 2), SIGNAL_LEFT, right);
  const up = axis(shown.flatMap(({points}) => points.map(([, size]) => size)), {log: true, air: 0.03, most: 8});
  const zero = SIGNAL_HEIGHT - 26;
  const top = (size) => (size > 0 ? zero - 20 - up.place(size) * (zero - 28) : zero);
  const grid = [...up.ticks, [0, "0"]].flatMap(([size, text]) => [
    line(SIGNAL_LEFT, top(size), right, top(size), {class: "grid"}), words(SIGNAL_LEFT - 6, top(size) + 4, text, "e q")]);
  const gap = [-14, -9].map((y) => path([[SIGNAL_LEFT - 4, zero + y + 4], [SIGNAL_LEFT + 4, zero + y]], {stroke: "var(--faint)"}));
  const curves = shown.flatMap(({points, colour}) => {
    const places = points.map(([layer, size]) => [across(layer), top(size)]);
    return [places.length ? path(places, {stroke: colour, "stroke-width": 2.5}) : null, places.map(([x, y]) => dot(x, y, 2.5, colour))].flat();
  });
  const ends = [words(SIGNAL_LEFT, SIGNAL_HEIGHT - 6, "layer 1", "q"), layers > 1 ? words(right, SIGNAL_HEIGHT - 6, layers, "e q") : null];
  return canvas(width, SIGNAL_HEIGHT, signalInWords(series), grid, gap, curves, ends, names(shown, top, right));
}

function signalName({name, factor}) {
  return factor === null ? name : `${name} ×${brief(factor)}`;
}

function signalInWords(series) {
  const last = series.map(({name, points}) => `${name}: ${points.at(-1)[1] ?? "not finite"}`);
  return `signal in the last layer, ${last.join(", ")}`;
}

// The way of a ball from step to step: faint as a whole, strong as far as it has come.
import {dot, path} from "./draw.js";
import {shape} from "./shape.js";

const WHOLE_WAY = 0.25;

// `points` are [x, y] by step and `dots` those to mark. The way ends where it leaves [top, bottom].
export function wayUntil(clock, points, dots, colour, [top, bottom]) {
  const inside = ([, y]) => y >= top && y <= bottom;
  const marked = dots.filter((place, step) => step > 0 && step <= clock && inside(place));
  return shape("g", {fill: "none", stroke: colour, "stroke-linejoin": "round"},
    path(cutWay(points, top, bottom), {opacity: WHOLE_WAY, "stroke-width": 1.6}),
    path(cutWay(arrived(points, clock), top, bottom), {opacity: 0.85, "stroke-width": 1.6}),
    marked.map(([x, y]) => dot(x, y, 2.6, colour, {stroke: "none"})));
}

// The points up to now, the last of them on its way to the next step. Each step begins and ends slowly.
export function arrived(points, clock) {
  const whole = Math.min(Math.floor(clock), points.length - 1);
  const part = clock - whole;
  const shown = points.slice(0, whole + 1);
  if (part <= 0 || whole + 1 >= points.length) return shown;
  return [...shown, between(points[whole], points[whole + 1], part * part * (3 - 2 * part))];
}

// The points up to the first that lies outside, and the place where the way leaves.
export function cutWay(points, top, bottom) {
  const out = points.findIndex(([, y]) => y < top || y > bottom);
  if (out <= 0) return points;
  const [from, to] = [points[out - 1], points[out]];
  const edge = to[1] < top ? top : bottom;
  return [...points.slice(0, out), between(from, to, (edge - from[1]) / (to[1] - from[1]))];
}

function between([x, y], [nextX, nextY], part) {
  return [x + part * (nextX - x), y + part * (nextY - y)];
}

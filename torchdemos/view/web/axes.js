// An axis of a chart: the place of each value between 0 and 1, and a few round ticks.
import {number, raised} from "./dom.js";

const MOST_TICKS = 100;

// {place, ticks: [[value, text]], holds}: `place` is NaN off the axis, as for 0 on a log axis.
export function axis(values, {log = false, air = 0, most = 5} = {}) {
  const scale = log ? Math.log10 : (value) => value;
  const holds = (value) => typeof value === "number" && Number.isFinite(scale(value));
  const [low, high] = limits(values.filter(holds).map(scale), air);
  const finest = values.every(Number.isInteger) ? 1 : 0; // there is no half step and no half layer
  const ticks = log ? logTicks(low, high, most) : linearTicks(low, high, most, finest);
  const half = high / 2 - low / 2; // the whole of it may be more than a number holds
  return {holds, place: (value) => (holds(value) ? (scale(value) / 2 - low / 2) / half : NaN), ticks};
}

function limits(values, air) {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  if (low > high) return [0, 1];
  const room = high - low > 1e-12 * Math.abs(high) ? air * (high - low) : Math.abs(high) / 10 || 1;
  return [Math.max(low - room, -Number.MAX_VALUE), Math.min(high + room, Number.MAX_VALUE)];
}

function linearTicks(low, high, most, finest = 0) {
  const step = Math.max(roundStep(high / most - low / most), finest);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  if (!(step > 0 && count <= MOST_TICKS)) return []; // no number lies between the two ends
  return Array.from({length: count}, (_, i) => Number(((first + i) * step).toPrecision(12))).map((x) => [x, number(x)]);
}

// Powers of ten. An axis shorter than two of them also has 2 and 5 times each power.
function logTicks(low, high, most) {
  if (high - low < 0.7) return linearTicks(10 ** low, 10 ** high, most);
  const every = Math.max(1, Math.ceil((high - low) / most));
  const parts = high - low < 2 ? [1, 2, 5] : [1];
  const powers = Array.from({length: Math.floor(high) - Math.floor(low) + 1}, (_, i) => Math.floor(low) + i);
  return powers.filter((power) => power % every === 0)
    .flatMap((power) => parts.map((part) => [part * 10 ** power, powerText(part, power)]))
    .filter(([value]) => Math.log10(value) >= low - 1e-9 && Math.log10(value) <= high + 1e-9);
}

function powerText(part, power) {
  if (power >= -3 && power <= 4) return number(part * 10 ** power);
  const high = raised(String(power));
  return part === 1 ? `10${high}` : `${part}·10${high}`;
}

// The smallest of 1, 2, 5, 10, 20, ... that is at least `size`.
function roundStep(size) {
  const power = 10 ** Math.floor(Math.log10(size));
  return power * [1, 2, 5, 10].find((part) => part * power >= size * (1 - 1e-9));
}

// The loss in the steepest direction by step, by the exact formula (1 - lr * curvature)^(2t), and as measured.
import {canvas, line, linear, words} from "./draw.js";
import {labels, labelWidth} from "./labels.js";
import {shape} from "./shape.js";
import {onPhone, valleyHeight} from "./valley_parabola.js";
import {amount, distancesToBottom, lossLeft} from "./valley_words.js";
import {cutWay, wayUntil} from "./valley_way.js";

const LOWEST = -3, HIGHEST_POWER = 1.3; // powers of ten
const NOTHING_LEFT = -9; // stands for the logarithm of 0
const START = 40, ABOVE_LOSS = 8, BELOW_LOSS = 22; // pixels around the chart

export function lossInValley(state, width) {
  const height = onPhone() ? 130 : valleyHeight();
  const longest = Math.max(...state.balls.map(({name, word}) => labelWidth(name, word)));
  const x = linear(0, state.steps, START, width - longest - 8);
  const y = linear(LOWEST, HIGHEST_POWER, height - BELOW_LOSS, ABOVE_LOSS);
  const limits = [ABOVE_LOSS, y(LOWEST)];
  const places = (distances) => distances.map((distance, step) => [x(step), y(lossPower(distance))]);
  const exact = (multiple) => places(distancesToBottom(multiple, state.steps));
  const lines = state.balls.map(({multiple, colour, measured}) =>
    wayUntil(state.clock, exact(multiple), places(measured), colour, limits));
  const own = state.used ? wayUntil(state.clock, exact(state.own), exact(state.own), "var(--ink)", limits) : null;
  const label = (ball) => lossLabel(ball, cutWay(exact(ball.multiple), ...limits).at(-1), x, state);
  const left = amount(lossLeft(state.own, state.steps));
  const yours = {name: "yours", word: left, multiple: state.own, colour: "var(--ink)"};
  const named = labels([...state.balls, ...(state.used ? [yours] : [])].map(label), ABOVE_LOSS + 8, y(LOWEST) - 5);
  return canvas(width, height, "Loss in the steepest direction by step, for each learning rate.",
    lossGrid(x, y, height, state),
    shape("g", {opacity: state.opacity}, lines, named.slice(0, lines.length)), own, named.slice(lines.length));
}

function lossPower(distance) {
  return distance === null ? Infinity : Math.max(NOTHING_LEFT, 2 * Math.log10(Math.abs(distance)));
}

function lossGrid(x, y, height, {steps}) {
  const powers = Array.from({length: Math.floor(HIGHEST_POWER) - LOWEST + 1}, (_, i) => LOWEST + i);
  return [
    powers.map((exponent) => [line(x(0), y(exponent), x(steps), y(exponent), {class: exponent ? "grid" : "axis"}),
      words(x(0) - 6, y(exponent) + 4, Number(`1e${exponent}`), "e q")]).flat(),
    words(x(0), height - 4, "step 0", "q"), words(x(steps), height - 4, steps, "q e"),
  ].flat();
}

// At the end of the line, or beside the place where it leaves the chart.
function lossLabel({name, word, colour}, [endX, endY], x, {steps}) {
  return {name, text: word, colour, x: Math.min(endX, x(steps)) + 8, y: endY + 4};
}

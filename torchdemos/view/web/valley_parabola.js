// The parabola itself: each ball steps from slope to slope, and the height at which it lands is its loss.
import {canvas, dot, line, linear, path, words} from "./draw.js";
import {labels} from "./labels.js";
import {shape} from "./shape.js";
import {distancesToBottom} from "./valley_words.js";
import {arrived, cutWay, wayUntil} from "./valley_way.js";

const HIGHEST = 2.2; // losses of the start, where the picture ends
const RIM = Math.sqrt(HIGHEST);
const FARTHEST = 100; // distances; what lies farther out has long left the picture
const NEAR = 0.2; // distances: so near to the bottom a label stands above the ball
const ABOVE = 8, BELOW = 22; // pixels around the valley
const BESIDE = 130, BESIDE_NARROW = 80; // pixels from the rim to the side, where labels stand

export function valleyHeight() {
  return onPhone() ? 180 : 308;
}

export function onPhone() {
  return matchMedia("(max-width: 760px)").matches;
}

export function parabola(state, width) {
  const height = valleyHeight(), beside = width > 480 ? BESIDE : BESIDE_NARROW;
  const x = linear(-RIM, RIM, beside, width - beside), y = linear(0, HIGHEST, height - BELOW, ABOVE);
  const places = (distances) => distances.map(clampDistance).map((distance) => [x(-distance), y(distance ** 2)]);
  const way = (ball) => places(distancesToBottom(ball.multiple, state.steps));
  const stepping = (ball) => [
    wayUntil(state.clock, way(ball), ball.measured ? places(ball.measured) : way(ball), ball.colour, [ABOVE, height]),
    ballAt(arrived(way(ball), state.clock).at(-1), ball)];
  const label = (ball) => ballLabel(ball, cutWay(way(ball), ABOVE, height).at(-1), x, y, width);
  const [wall, ...named] = labels([wallLabel(x, y, width), ...state.balls.map(label)], ABOVE + 12, y(0) - 6);
  return canvas(width, height, "A parabola, and the steps of each learning rate on it.",
    valleyGround(x, y, width, height), wallLine(x, y), wall,
    shape("g", {opacity: state.opacity}, state.balls.flatMap(stepping), named),
    state.used ? stepping({multiple: state.own, colour: "var(--ink)", own: true}) : null,
    dot(x(-1), y(1), 12, "none", {stroke: "var(--ink)", "stroke-width": 1.5}));
}

function clampDistance(distance) {
  return Math.max(-FARTHEST, Math.min(FARTHEST, distance ?? FARTHEST));
}

function ballAt([x, y], {colour, own}) {
  if (y < ABOVE) return null;
  return own ? dot(x, y, 8, "var(--page)", {stroke: colour, "stroke-width": 3})
    : dot(x, y, 8, colour, {stroke: "var(--page)", "stroke-width": 1.5});
}

function valleyGround(x, y, width, height) {
  const sides = Array.from({length: 121}, (_, i) => (i / 60 - 1) * RIM);
  const curve = sides.map((side) => [x(side), y(side ** 2)]);
  const floor = height - BELOW + 3;
  return [
    path([[0, ABOVE], ...curve, [width, ABOVE], [width, floor], [0, floor]], {fill: "var(--panel)"}),
    path(curve, {stroke: "var(--faint)", "stroke-width": 2.5}),
    line(x(-1), y(0), x(-1), y(1), {class: "axis", "stroke-dasharray": "2 4"}),
    words(x(-1), height - 4, "start", "q m"), words(x(0), height - 4, "bottom", "q m"),
  ];
}

function wallLine(x, y) {
  return line(x(-1), y(1), x(1), y(1), {stroke: "var(--ink)", "stroke-dasharray": "5 4"});
}

function wallLabel(x, y, width) {
  const text = width > 480 ? "stays at this height" : "stays";
  return {x: x(-1) - 18, y: y(1) + 4, name: "2/λ", text, colour: null, side: "e"};
}

// Beside the slope on which the ball is, at the rim if it left there, or above it at the bottom.
function ballLabel({name, word, colour}, [endX, endY], x, y, width) {
  const said = {...(width > 480 ? {name, text: word} : {name: word, text: ""}), colour};
  if (Math.abs(endX - x(0)) < x(NEAR) - x(0)) return {...said, x: x(0), y: y(0) - 20, side: "m"};
  const right = endX > x(0);
  const beside = endY > ABOVE ? endX : x(right ? RIM : -RIM);
  return {...said, x: beside + (right ? 14 : -14), y: endY + 4, side: right ? "" : "e"};
}

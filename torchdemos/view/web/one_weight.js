// One weight of a real network by hand: three local derivatives, whose product is the slope of the loss.
import {heading} from "./cards.js";
import {chainBrief} from "./chain_picture.js";
import {button, element} from "./dom.js";
import {brief, canvas, dot, drawing, line, linear, path, words} from "./draw.js";
import {shape} from "./shape.js";

const REACH = 8; // the slider turns w from -8 to 8
const THUMB = 8; // pixels from the end of a slider to the middle of its thumb
const NODE = {y: 64, r: 23};
const CURVE = {top: 234, bottom: 294};
const TANGENT = 46; // pixels on each side

// recorded: {x, w, rest, weights_out, logits_rest, label, layer, unit, source, gradient}, see torchdemos.lab.one_weight.
export function oneWeight(recorded, colour) {
  const slider = element("input", {type: "range", min: -REACH, max: REACH, step: "any", value: recorded.w,
    "aria-label": "weight w", oninput: () => turn(Number(slider.value))});
  const state = {w: recorded.w};
  const picture = drawing((width) => weightPicture(recorded, state.w, width, colour));
  const note = element("p", {class: "note"});
  function turn(w) {
    state.w = w;
    slider.setAttribute("aria-valuetext", `w = ${brief(w)}, gradient ${brief(weightLink(recorded, w).gradient)}`);
    note.textContent = weightInWords(recorded, w);
    picture.redraw();
  }
  const reset = button("reset", "w as this run has it", () => {
    slider.value = recorded.w;
    turn(recorded.w);
  });
  turn(recorded.w);
  return element("section", {class: "one-weight"},
    element("div", {class: "head"}, heading("One weight by hand", "σ is the sigmoid"), reset), picture, slider, note);
}

// All numbers on the way to the loss and back, with the weight at w and everything else as it was.
export function weightLink({x, rest, weights_out: out, logits_rest: logitsRest, label}, w) {
  const sum = w * x + rest;
  const value = 1 / (1 + Math.exp(-sum));
  const logits = out.map((weight, i) => weight * value + logitsRest[i]);
  const top = Math.max(...logits);
  const total = logits.reduce((all, logit) => all + Math.exp(logit - top), 0);
  const loss = Math.log(total) + top - logits[label];
  const slope = value * (1 - value);
  const back = out.reduce((all, weight, i) => all + weight * (Math.exp(logits[i] - top) / total - (i === label)), 0);
  return {x, sum, value, loss, slope, back, gradient: x * slope * back};
}

function weightInWords(recorded, w) {
  const {label, layer, unit, source, rest, gradient} = recorded;
  const {slope} = weightLink(recorded, w);
  if (slope < 0.05) {
    return `The sigmoid is flat here: its slope is ${brief(slope)} of at most 0.25, so hardly anything goes back.`;
  }
  const end = w === recorded.w ? `PyTorch's own gradient: ${brief(gradient)}.` : "A sigmoid passes 0.25 at most.";
  return `A digit ${label} before training, layer ${layer}: w leads from unit ${source} to unit ${unit}, ` +
    `r = ${brief(rest)} is all else that arrives there. ${end}`;
}

function weightPicture(recorded, w, width, colour) {
  const link = weightLink(recorded, w);
  const gap = (width - 2 * NODE.r - 8) / 3;
  const at = (i) => NODE.r + 4 + i * gap;
  const product = `${brief(link.x)} × ${brief(link.slope)} × ${brief(link.back)}`;
  return canvas(width, CURVE.bottom + 12, `d loss / d w = ${product} = ${brief(link.gradient)}`,
    weightNodes(link, w, at), weightArrows(link, at, colour),
    words(0, 174, `∂loss/∂w = ${product}`, "weight-product"),
    words(0, 196, `= ${brief(link.gradient)}`, "weight-product b"),
    weightCurve(recorded, w, link, width, colour));
}

function weightNodes({x, sum, value, loss}, w, at) {
  const nodes = [["x", x], ["w x+r", sum], ["σ", value], ["loss", loss]];
  const circles = nodes.flatMap(([name, number], i) => [
    dot(at(i), NODE.y, NODE.r, "var(--panel)", {stroke: "var(--faint)"}),
    words(at(i), NODE.y + 4, name, name.length > 5 ? "m" : "m b"), words(at(i), NODE.y - NODE.r - 8, brief(number), "m")]);
  const arrows = [0, 1, 2].flatMap((i) => {
    const [from, to] = [at(i) + NODE.r + 2, at(i + 1) - NODE.r - 2];
    const drawn = {stroke: "var(--faint)", "stroke-width": 1.5};
    return [path([[from, NODE.y], [to, NODE.y]], drawn), path([[to - 5, NODE.y - 4], [to, NODE.y], [to - 5, NODE.y + 4]], drawn)];
  });
  return [...arrows, ...circles, words(0, 11, "value →", "q"), words(at(0.5), NODE.y - 8, "× w", "m q"),
    words(at(0.5), NODE.y + 17, chainBrief(w), "m b")];
}

function weightArrows({x, slope, back}, at, colour) {
  const links = [[x, "∂(w x)/∂w"], [slope, "σ (1 − σ)"], [back, "∂loss/∂σ"]];
  const low = NODE.y + NODE.r;
  return links.flatMap(([number, name], i) => {
    const middle = at(i + 0.5);
    const drawn = {stroke: colour, "stroke-width": 2, fill: "none"};
    return [shape("path", {d: `M${at(i + 1) - 4} ${low + 5}Q${middle} ${low + 32} ${at(i) + 6} ${low + 7}`, ...drawn}),
      path([[at(i) + 9, low + 15], [at(i) + 5, low + 6], [at(i) + 14, low + 8]], drawn),
      words(middle, low + 40, brief(number), "m b"), words(middle, low + 56, name, "m q"),
      i ? words(at(i), low + 40, "×", "m q") : null].filter(Boolean);
  });
}

// The loss against w, right above the slider: its dot stands over the thumb, and its tangent has the product as slope.
function weightCurve(recorded, w, {loss, gradient}, width, colour) {
  const places = Array.from({length: 81}, (_, i) => -REACH + i * REACH / 40);
  const losses = places.map((place) => weightLink(recorded, place).loss);
  const left = linear(-REACH, REACH, THUMB, width - THUMB);
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const top = linear(low, high === low ? low + 1 : high, CURVE.bottom, CURVE.top);
  const [x, y] = [left(w), top(loss)];
  const steep = gradient * (top(1) - top(0)) / (left(1) - left(0));
  const across = TANGENT / Math.hypot(1, steep);
  return [line(THUMB, CURVE.bottom + 6, width - THUMB, CURVE.bottom + 6, {class: "axis"}),
    path(places.map((place, i) => [left(place), top(losses[i])]), {stroke: colour, "stroke-width": 2}),
    path([[x - across, y - across * steep], [x + across, y + across * steep]], {stroke: "var(--ink)", "stroke-width": 1.5}),
    dot(x, y, 5, "var(--page)", {stroke: "var(--ink)", "stroke-width": 2}),
    ...[0, 80].map((i) => words(i ? width - THUMB : THUMB, top(losses[i]) - 6, brief(losses[i]), i ? "e q" : "q")),
    words(width / 2, CURVE.top - 8, "loss of this digit as w turns", "m q")];
}

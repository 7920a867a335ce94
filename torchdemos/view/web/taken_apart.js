// The chosen neuron taken apart: inputs x weights = products, their sum, and what the neuron tells each output.
import {activationInWords} from "./activations.js";
import {drawCells, fitted} from "./cells.js";
import {css, fullScale, signed} from "./colours.js";
import {inkColour} from "./digit_stage.js";
import {element, number} from "./dom.js";
import {brief, canvas, line, words} from "./draw.js";
import {shape} from "./shape.js";
import {mapsOf} from "./sums.js";

const PART_SIDE = 124; // pixels of each of the three pictures, where there is room
const VOTE_LENGTH = 26; // pixels of the longest bar
const VOTE_AXIS = 42;

export function takenApart(scene, width) {
  const {chosen, sum, bias, value, activation} = scene;
  const [made, after] = activationInWords(activation, sum, value);
  return element("div", {class: "apart", "data-neuron": chosen, "data-value": value},
    element("h2", {}, `Neuron ${chosen}, taken apart `, element("small", {}, "click another, or use the arrow keys")),
    partsDrawn(scene, Math.min(PART_SIDE, (width - 56) / 3)),
    element("p", {class: "total"}, "sum of the products ", element("b", {}, number(sum - bias)), ", bias ",
      element("b", {}, number(bias)), ": ", element("span", {}, made, element("b", {}, after))),
    element("h2", {}, "What it tells the ten outputs ", element("small", {}, "value × weight")),
    votesDrawn(scene.votes, width));
}

function partsDrawn({source, weights, products, pixels}, side) {
  const grid = fitted(mapsOf(source.shape), side, side, side);
  const sign = (text) => element("b", {style: `line-height:${side}px`}, text);
  const part = (values, name, scale, colour = signed) => {
    const picture = element("canvas", {role: "img", "aria-label": name});
    drawCells(picture, grid, values, scale, colour);
    return element("figure", {}, picture, element("figcaption", {}, name));
  };
  const count = products.length;
  const inputs = source.values === pixels ? part(pixels, `${count} inputs`, 1, inkColour)
    : part(source.values, `${count} inputs`, fullScale(source.values));
  return element("div", {class: "parts"}, inputs, sign("×"), part(weights, `its ${count} weights`, fullScale(weights)),
    sign("="), part(products, `${count} products`, fullScale(products)));
}

function votesDrawn(votes, width) {
  const [most, step] = [fullScale(votes) || 1, width / votes.length];
  const bars = votes.flatMap((vote, i) => {
    const [middle, length] = [(i + 0.5) * step, VOTE_LENGTH * Math.abs(vote) / most || 0];
    const top = vote > 0 ? VOTE_AXIS - length : VOTE_AXIS;
    return [shape("rect", {x: middle - step * 0.36, y: top, width: step * 0.72, height: Math.max(1, length),
      fill: css(signed(vote, 1.3 * most))}),
    words(middle, vote > 0 ? top - 5 : top + length + 14, brief(vote, 2), "m"), words(middle, 100, i, "m b")];
  });
  const label = votes.map((vote, i) => `${i}: ${brief(vote, 2)}`).join(", ");
  return canvas(width, 104, `What the neuron tells each output: ${label}`,
    line(0, VOTE_AXIS, width, VOTE_AXIS, {class: "axis"}), bars);
}

// What a learning rate does in the valley, in numbers and words. A multiple is in units of the wall, 2 / curvature.
import {raised} from "./dom.js";
import {brief, power} from "./draw.js";

// What a step leaves of the distance to the bottom: 1 - lr * curvature. It is negative on the other side.
function stepFactor(multiple) {
  return 1 - 2 * multiple;
}

// The distance to the bottom before each of the steps 0..steps, in units of the first.
export function distancesToBottom(multiple, steps) {
  return Array.from({length: steps + 1}, (_, step) => stepFactor(multiple) ** step);
}

// What all steps leave of the loss: (1 - lr * curvature)^(2 steps).
export function lossLeft(multiple, steps) {
  return stepFactor(multiple) ** (2 * steps);
}

// {word, sentence} of a learning rate.
export function zoneAt(zones, multiple) {
  return zones.find(({below}) => below === null || multiple < below);
}

export function said({wall, curvature, steps, zones}, multiple) {
  const rate = brief(multiple * wall);
  const factor = brief(stepFactor(multiple), 4);
  const base = factor.startsWith("−") ? `(${factor})` : factor;
  return `**${rate}** ${zoneAt(zones, multiple).sentence}. A step leaves 1 − ${rate} × ${brief(curvature, 4)} = ` +
    `**${factor}** of the distance to the bottom; ${steps} steps leave ${base}${raised(String(2 * steps))} = ` +
    `**${amount(lossLeft(multiple, steps))}** of the loss.`;
}

// Three digits: 0.0151, 2.31·10⁻⁸.
export function amount(value) {
  if (value === 0 || (value >= 1e-3 && value < 1e5)) return brief(value);
  const exponent = Math.floor(Math.log10(value));
  return `${brief(value / 10 ** exponent)}·${power(exponent)}`;
}

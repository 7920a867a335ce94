// A legend of colours: a small ramp between two words.
import {css, signed} from "./colours.js";
import {element} from "./dom.js";

const RAMP = Array.from({length: 9}, (_, i) => i / 8);

export function signedLegend() {
  return ramp("negative", RAMP.map((part) => signed(2 * part - 1, 1)), "positive; white is 0");
}

function ramp(low, colours, high) {
  const bar = element("i", {style: `background: linear-gradient(90deg, ${colours.map(css).join(", ")})`});
  return element("span", {class: "legend"}, low, bar, high);
}

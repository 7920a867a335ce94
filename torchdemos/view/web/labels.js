// Words beside marks in a picture, moved up or down so that none covers another.
import {shape} from "./shape.js";

const LABEL_LETTER = 7; // pixels, a little more than the average at 12 px
const LINE = 15; // pixels from one line of words to the next
const DOT = 12; // pixels for the dot, which stands on the side of the mark
const MOVES = Array.from({length: 40}, (_, i) => (i % 2 ? -1 : 1) * Math.ceil(i / 2) * 4);

// One element for each {x, y, name, text, colour, side}: the label begins at x, ends there (side "e") or has its middle
// there (side "m"). Without a colour it has no dot. `top` and `bottom` limit the base lines. The earlier ones stay.
export function labels(wanted, top, bottom) {
  const settled = [];
  for (const label of wanted) settled.push({...label, y: freePlace(label, settled, top, bottom)});
  return settled.map(labelShape);
}

export function labelWidth(name, text) {
  return DOT + (name.length + 1 + text.length) * LABEL_LETTER;
}

function freePlace(label, settled, top, bottom) {
  const [left, right] = extent(label);
  const beside = settled.filter((other) => extent(other)[0] < right && left < extent(other)[1]);
  const places = MOVES.map((move) => Math.min(Math.max(label.y + move, top), bottom));
  return places.find((y) => beside.every((other) => Math.abs(other.y - y) >= LINE)) ?? places[0];
}

function extent({x, name, text, side}) {
  const width = labelWidth(name, text);
  const left = {e: x - width, m: x - width / 2}[side] ?? x;
  return [left, left + width];
}

function labelShape({x, y, name, text, colour, side = ""}) {
  const mark = colour ? shape("tspan", {fill: colour}, side === "e" ? " ●" : "● ") : null;
  const said = [shape("tspan", {class: "b"}, name), text ? ` ${text}` : ""];
  return shape("text", {x, y, class: `halo ${side}`}, side === "e" ? [...said, mark] : [mark, ...said]);
}

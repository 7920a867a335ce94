// A card of many small pictures of numbers: blue below zero, white at zero, orange above.
import {bytesOf} from "./bytes.js";
import {arrange, drawCells} from "./cells.js";
import {element} from "./dom.js";

// {shape: [count, rows, columns], shades}: a byte for each number, from -127 to 127 in full colour, in base64.
export function maps({shape, shades}, width, title) {
  const picture = element("canvas", {role: "img", "aria-label": title});
  drawCells(picture, arrange(shape, width, 2), new Int8Array(bytesOf(shades).buffer), 127);
  return picture;
}

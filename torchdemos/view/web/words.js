// Layers and neurons in words.
import {mapsOf} from "./sums.js";

// "8 maps of 24 × 24", "36 units", "first 40 of 64 units".
export function shapeInWords(layer, shown) {
  const [count, h, w] = mapsOf(layer.shape);
  const kind = h * w > 1 ? "map" : "unit";
  const words = `${count.toLocaleString("en")} ${kind}${count === 1 ? "" : "s"}${h * w > 1 ? ` of ${h} × ${w}` : ""}`;
  return shown < count ? `first ${shown.toLocaleString("en")} of ${words}` : words;
}

// "map 2, row 3, column 4", "unit 5": counted from 0, as in code.
export function placeInWords(shape, index) {
  const [count, h, w] = mapsOf(shape);
  if (h * w === 1) return `unit ${index}`;
  const inMap = `row ${Math.floor(index / w) % h}, column ${index % w}`;
  return count === 1 ? inMap : `map ${Math.floor(index / (h * w))}, ${inMap}`;
}

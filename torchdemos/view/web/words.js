// Layers and neurons in words.
import {mapsOf} from "./sums.js";

// "fc1 (Linear 784 → 36)", "relu1 (ReLU)"; the name alone where an older log does not say more.
export function layerInWords({name, kind, sum}) {
  const what = sum ? weightedKind(kind, sum) : kind;
  return what ? `${name} (${what})` : name;
}

function weightedKind(kind, {kind: geometry, shape, groups = 1}) {
  if (!Array.isArray(shape)) return kind;
  const [units, inputs] = shape;
  return `${kind || (geometry === "dense" ? "Linear" : "Conv2d")} ${inputs * groups} → ${units}`;
}

// The layers of a Sequential have only numbers; any other name is enough in a row.
export function isNumbered({name}) {
  return /(^|[.])\d+$/.test(name);
}

export function shortName(layer) {
  return isNumbered(layer) ? layerInWords(layer) : layer.name;
}

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

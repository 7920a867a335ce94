// What a neuron without weights is made of: an activation of one value, or the largest value in a window.
import {activationInWords} from "./activations.js";
import {element, number} from "./dom.js";
import {isLength, valuesOf} from "./snapshot.js";
import {mapsOf} from "./sums.js";
import {shortName} from "./words.js";

const MOST_NAMED = 9; // values of a window that a sentence lists

// {words, from, window}: a paragraph, and the window that the neuron sees of layer number `from`.
export function madeOf(snapshot, at) {
  const [layer, before] = [snapshot.layers[at.place], snapshot.layers[at.place - 1]];
  if (!before) return {words: element("p", {}, "This is an input: nothing comes before it.")};
  const spelled = activatedInWords(snapshot, at);
  if (spelled) return {words: activated(snapshot.layers[layer.from], at, spelled)};
  return largest(layer, sourceOf(snapshot, layer), at) ?? {words: older(layer, before, at)};
}

// ["max(0, −0.497) = ", the value in bold]; null if that is not how the layer makes it.
export function activatedInWords(snapshot, {place, index, sample}) {
  const layer = snapshot.layers[place];
  const source = sourceOf(snapshot, layer);
  if (!source || !sameShape(source, layer)) return null;
  const spelled = activationInWords(layer.kind, valuesOf(source, sample)[index], valuesOf(layer, sample)[index]);
  return spelled && [spelled[0], bold(spelled[1])];
}

function sourceOf(snapshot, layer) {
  const source = isLength(layer.from) ? snapshot.layers[layer.from] : null;
  return source?.values ? source : null;
}

function activated(source, {index, sample}, spelled) {
  const given = bold(number(valuesOf(source, sample)[index]));
  return element("p", {class: "made"}, `${shortName(source)} at the same place is `, given, ": ", spelled);
}

function largest(layer, source, {index, sample}) {
  const window = source && windowOf(layer, source, index);
  if (!window) return null;
  const {first, top, left, rows, columns} = window;
  const [, high, wide] = mapsOf(source.shape);
  const seen = Array.from({length: rows * columns}, (_, i) => [top + Math.floor(i / columns), left + i % columns])
    .filter(([y, x]) => y >= 0 && x >= 0 && y < high && x < wide)
    .map(([y, x]) => number(valuesOf(source, sample)[(first * high + y) * wide + x]));
  const listed = seen.length > MOST_NAMED ? [...seen.slice(0, MOST_NAMED - 1), "…"] : seen;
  const most = bold(number(valuesOf(layer, sample)[index]));
  const words = element("p", {class: "made"},
    `The largest of ${seen.length} values of ${shortName(source)}: max(${listed.join(", ")}) = `, most);
  return {words, from: layer.from, window};
}

function windowOf({shape, window, kind}, source, index) {
  const pairs = [window?.size, window?.stride, window?.padding];
  const isPair = (pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isLength);
  const known = kind === "MaxPool2d" && pairs.every(isPair);
  if (!known || shape.length !== 3 || source.shape.length !== 3 || source.kept !== source.shape[0]) return null;
  const [[high, wide], [down, across], [above, beside]] = pairs;
  const [, rows, columns] = shape;
  if (high > 2 * source.shape[1] || wide > 2 * source.shape[2]) return null; // no window of PyTorch's is larger
  return {first: Math.floor(index / (rows * columns)), maps: 1, top: Math.floor(index / columns) % rows * down - above,
    left: index % columns * across - beside, rows: high, columns: wide};
}

function older(layer, before, {index, sample}) {
  const words = `${shortName(layer)} has no weights of its own.`;
  if (!sameShape(before, layer)) return element("p", {}, words);
  const given = bold(number(valuesOf(before, sample)[index]));
  return element("p", {}, `${words} ${shortName(before)} at the same place: `, given, ".");
}

function bold(text) {
  return element("b", {}, text);
}

export function sameShape(one, other) {
  return Boolean(one.values && other.values) && String([one.kept, one.shape]) === String([other.kept, other.shape]);
}

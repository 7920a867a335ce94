// The forward pass of a small network from its packed weights: what PyTorch computes, to the rounding of float32.
import {bytesOf} from "./bytes.js";

// The layers of a page with their numbers unpacked: [{kind, shape, weights, bias, size}].
export function unpackLayers(layers) {
  return layers.map((layer) => ({...layer, ...(layer.weights ? unpackedSum(layer) : {})}));
}

function unpackedSum({weights, bias}) {
  return {weights: new Float32Array(bytesOf(weights).buffer), bias: new Float32Array(bytesOf(bias).buffer)};
}

// [{shape, values}]: the input, and then what each layer makes of the values before it.
export function forward(layers, input) {
  const made = [input];
  for (const layer of layers) made.push(LAYER_KINDS[layer.kind](made.at(-1), layer));
  return made;
}

// Softmax: what the network believes, one share for each output.
export function probabilities(outputs) {
  const top = Math.max(...outputs);
  const powers = Array.from(outputs, (value) => Math.exp(value - top));
  const whole = powers.reduce((sum, part) => sum + part, 0);
  return powers.map((part) => part / whole);
}

const LAYER_KINDS = {
  Linear: denseLayer, Conv2d: convolutionLayer, MaxPool2d: largestOf,
  ReLU: eachValue((value) => Math.max(0, value)),
  Sigmoid: eachValue((value) => 1 / (1 + Math.exp(-value))),
  Tanh: eachValue(Math.tanh),
};

function eachValue(activation) {
  return ({shape, values}) => ({shape, values: values.map(activation)});
}

function denseLayer({values}, {shape: [units, count], weights, bias}) {
  const sums = new Float32Array(units);
  for (let unit = 0; unit < units; unit++) {
    let sum = bias[unit];
    for (let i = 0; i < count; i++) sum += weights[unit * count + i] * values[i];
    sums[unit] = sum;
  }
  return {shape: [units], values: sums};
}

// Stride 1, and no edge is added: a kernel sees only what is there.
function convolutionLayer({shape: [, rows, columns], values}, {shape: [maps, given, high, wide], weights, bias}) {
  const [down, across] = [rows - high + 1, columns - wide + 1];
  const sums = new Float32Array(maps * down * across);
  for (let at = 0; at < sums.length; at++) {
    const [map, row, column] = [Math.floor(at / (down * across)), Math.floor(at / across) % down, at % across];
    let sum = bias[map];
    for (let i = 0; i < given * high * wide; i++) {
      const [from, y, x] = [Math.floor(i / (high * wide)), row + Math.floor(i / wide) % high, column + i % wide];
      sum += weights[map * given * high * wide + i] * values[(from * rows + y) * columns + x];
    }
    sums[at] = sum;
  }
  return {shape: [maps, down, across], values: sums};
}

// Of each square of `size` x `size` values the largest.
function largestOf({shape: [maps, rows, columns], values}, {size}) {
  const [down, across] = [Math.floor(rows / size), Math.floor(columns / size)];
  const largest = new Float32Array(maps * down * across).fill(-Infinity);
  for (let at = 0; at < largest.length; at++) {
    const [map, row, column] = [Math.floor(at / (down * across)), Math.floor(at / across) % down, at % across];
    for (let i = 0; i < size * size; i++) {
      const [y, x] = [row * size + Math.floor(i / size), column * size + i % size];
      largest[at] = Math.max(largest[at], values[(map * rows + y) * columns + x]);
    }
  }
  return {shape: [maps, down, across], values: largest};
}

// The sum behind one neuron: its inputs, its weights, their products, and its bias.
import {isLength, isShape, readExactly, sizeOf, valuesOf} from "./snapshot.js";

const MOST_INPUTS = 2 ** 20; // of one neuron
const NO_SUM = "The log does not say what this neuron is a sum of.";

// {shape, inputs, weights, products, total, bias, window}: `shape` is [maps, rows, columns] of the three pictures, and
// `window` is what the neuron sees of its input layer. Null for a layer without weights; an Error says what is missing.
export async function sumOf(snapshot, {place, index, sample}) {
  const layer = snapshot.layers[place];
  const {sum} = layer;
  if (!sum) return null;
  const from = snapshot.layers[sum.from];
  if (!from?.values || from.kept !== from.shape[0]) throw new Error("Its inputs are not in the log.");
  const made = KINDS[checkedSum(sum).kind](layer, sum, from.shape, index);
  const [weights, bias] = await Promise.all([weightsOf(snapshot, sum, made.unit), biasOf(snapshot, sum, made.unit)]);
  const values = valuesOf(from, sample);
  const inputs = Float64Array.from(made.inputs, (at) => (at < 0 ? 0 : values[at]));
  if (inputs.length !== weights.length) throw new Error("Its weights do not fit its inputs.");
  const products = inputs.map((input, i) => input * weights[i]);
  const total = products.reduce((whole, product) => whole + product, 0);
  return {from: sum.from, shape: made.shape, window: made.window, inputs, weights, products, total, bias};
}

const KINDS = {dense: denseInputs, convolution: convolutionInputs};

// A dense neuron sees all inputs, or only its own row of them if there are several (the words of a sentence).
function denseInputs(layer, sum, from, index) {
  const units = layer.shape.at(-1);
  const count = sum.shape[1];
  const whole = sizeOf(from) === count;
  const row = whole ? 0 : Math.floor(index / units);
  const inputs = Array.from({length: count}, (_, i) => row * count + i);
  return {unit: index % units, inputs, shape: whole ? mapsOf(from) : [count, 1, 1], window: null};
}

// A neuron of a convolution sees a window of some maps. Inputs outside of the maps are 0.
function convolutionInputs(layer, sum, from, index) {
  const [, rows, columns] = layer.shape;
  const [maps, high, wide] = sum.shape.slice(1);
  const unit = Math.floor(index / (rows * columns));
  const top = Math.floor(index / columns) % rows * sum.stride[0] - sum.padding[0];
  const left = index % columns * sum.stride[1] - sum.padding[1];
  const first = Math.floor(unit / (sum.shape[0] / sum.groups)) * maps;
  const inputs = Array.from({length: maps * high * wide}, (_, i) => {
    const y = top + Math.floor(i / wide) % high * sum.dilation[0];
    const x = left + i % wide * sum.dilation[1];
    const inside = y >= 0 && y < from[1] && x >= 0 && x < from[2];
    return inside ? ((first + Math.floor(i / (high * wide))) * from[1] + y) * from[2] + x : -1;
  });
  const [windowRows, windowColumns] = [(high - 1) * sum.dilation[0] + 1, (wide - 1) * sum.dilation[1] + 1];
  const seen = {first, maps, top, left, rows: windowRows, columns: windowColumns};
  return {unit, inputs, shape: [maps, high, wide], window: seen};
}

// Any layer as maps: [maps, rows, columns]; single units are maps of 1 x 1.
export function mapsOf(shape) {
  if (shape.length === 1) return [shape[0], 1, 1];
  return [sizeOf(shape.slice(0, -2)), ...shape.slice(-2)];
}

async function weightsOf(snapshot, sum, unit) {
  const {weights, rows, shape} = sum;
  if (weights === null || unit >= rows) throw new Error("Its weights are not in the log.");
  const length = sizeOf(shape.slice(1));
  const all = await readExactly(snapshot.read, weights, rows * length, "The weights of this layer");
  return all.subarray(unit * length, (unit + 1) * length);
}

async function biasOf(snapshot, sum, unit) {
  if (sum.bias === null || sum.bias === undefined) return null;
  return (await readExactly(snapshot.read, sum.bias, sum.shape[0], "The biases of this layer"))[unit];
}

function checkedSum(sum) {
  if (!Object.hasOwn(KINDS, sum.kind)) throw new Error(NO_SUM);
  const pairs = sum.kind === "dense" ? [] : [sum.stride, sum.padding, sum.dilation];
  const good = isShape(sum.shape) && sum.shape.length === (sum.kind === "dense" ? 2 : 4) &&
    sizeOf(sum.shape.slice(1)) <= MOST_INPUTS && isLength(sum.rows) && pairs.every((pair) => isShape(pair) && pair.length === 2) && (sum.groups ?? 1) > 0;
  if (!good) throw new Error(NO_SUM);
  return sum;
}

// One snapshot of a model: its layers and their values, checked, because a file can hold anything.

const MOST_NUMBERS = 2 ** 24; // of one snapshot, its weights included: 64 MB
const [MOST_LAYERS, MOST_SAMPLES] = [300, 1000];
const LEAST_PICTURE = 16; // inputs: fewer that make a square are rather measurements

// {samples, layers, read}, a layer being {name, kind, shape, kept, values: Float32Array | null, problem: string | null,
// sum, from, window}. A vector that was a picture before, and a square number of inputs, have the shape of a picture.
export async function openSnapshot(source, run, tag, step) {
  const {manifest, read: readPart} = await source.snapshot(run, tag, step);
  if (!Array.isArray(manifest?.layers) || !Array.isArray(manifest?.samples) || !manifest.samples.length) {
    throw new Error("this snapshot has no list of samples and layers");
  }
  const samples = manifest.samples.slice(0, MOST_SAMPLES).map(String);
  const read = bounded(readPart, MOST_NUMBERS);
  const shown = manifest.layers.slice(0, MOST_LAYERS);
  const layers = await Promise.all(shown.map((layer) => openLayer(layer, manifest.samples.length, read)));
  return {samples, layers: [...pictured(layers), ...others(manifest.layers.length - shown.length)], read};
}

function others(count) {
  return count ? [absent(`${count} more layers`, "too many to be shown")] : [];
}

function absent(name, problem) {
  return {name, shape: [0], kept: 0, values: null, problem, sum: null};
}

// The values of one layer for one sample.
export function valuesOf(layer, sample) {
  const count = sizeOf([layer.kept, ...layer.shape.slice(1)]);
  return layer.values.subarray(sample * count, (sample + 1) * count);
}

export function sizeOf(shape) {
  return shape.reduce((product, length) => product * length, 1);
}

// Reads part `place`. Throws an error that says what is wrong if it does not hold `count` numbers.
export async function readExactly(read, place, count, what) {
  const numbers = await read(place, count);
  if (numbers.length !== count) throw new Error(`${what}: expected ${count} numbers, the log has ${numbers.length}`);
  return numbers;
}

// Older snapshots hold flattened pictures as vectors.
function pictured(layers) {
  return layers.reduce((before, layer) => {
    const shape = pictureOf(layer, before.at(-1));
    return [...before, shape ? {...layer, shape, kept: shape[0]} : layer];
  }, []);
}

function pictureOf({shape, kept, sum}, before) {
  const [count] = shape;
  if (sum || shape.length > 1 || kept < count) return null;
  if (before) return before.kept === before.shape[0] && sizeOf(before.shape) === count ? before.shape : null;
  const side = Math.sqrt(count);
  return count >= LEAST_PICTURE && Number.isInteger(side) ? [1, side, side] : null;
}

async function openLayer(given, samples, read) {
  const name = typeof given?.name === "string" ? given.name : "?";
  try {
    const {shape, kept, values, sum, more} = checkedLayer(given);
    const count = samples * sizeOf([kept, ...shape.slice(1)]);
    const numbers = values === null ? null : await readExactly(read, values, count, "its values");
    return {name, shape, kept, values: numbers, problem: numbers ? null : "too large for the log", sum, ...more};
  } catch (error) {
    return absent(name, error.message);
  }
}

function checkedLayer(layer) {
  const {shape, kept, values = null, sum = null, kind = "", from = null, window = null} = layer ?? {};
  if (!isShape(shape) || !isLength(kept) || kept > shape[0]) throw new Error("its shape is not one");
  if (values !== null && !isLength(values)) throw new Error("its values are not in the log");
  return {shape, kept, values, sum, more: {kind: String(kind), from, window}};
}

export function isShape(shape) {
  return Array.isArray(shape) && shape.length > 0 && shape.every(isLength);
}

export function isLength(x) {
  return Number.isInteger(x) && x >= 0;
}

// Reads each part once, and parts of at most `room` numbers together: what they declare counts, before any is inflated.
function bounded(read, room) {
  const known = new Map();
  return (place, count) => {
    const key = `${place} ${count}`;
    if (!known.has(key)) {
      if (!(count <= room)) throw new Error("too large to be shown beside the others");
      room -= count;
      known.set(key, read(place, count));
    }
    return known.get(key);
  };
}

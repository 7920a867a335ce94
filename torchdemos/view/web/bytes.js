// The bytes of a snapshot as numbers.

const MOST_BYTES = 2 ** 27; // of one part; snapshots have far less, but a few hostile bytes may inflate to more

// The numbers in deflated little-endian float32, as torchdemos.board.snapshot writes them.
export async function floats(bytes) {
  const inflating = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const pieces = [];
  for (let size = 0; ;) {
    const {done, value} = await inflating.read().catch(() => {
      throw new Error("a part of this snapshot is damaged");
    });
    if (done) break;
    pieces.push(value);
    size += value.length;
    if (size > MOST_BYTES) throw new Error("a part of this snapshot is too large to be shown");
  }
  const whole = await new Blob(pieces).arrayBuffer();
  if (whole.byteLength % 4) throw new Error("a part of this snapshot is not made of numbers");
  return new Float32Array(whole);
}

export function parsed(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Error("this snapshot does not begin with a list of its layers");
  }
}

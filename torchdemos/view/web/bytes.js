// The bytes of a snapshot, of weights and of a live network as numbers.

const SLICE = 4096; // bytes that are inflated at once: they become four million at most

// Bytes from base64.
export function bytesOf(packed) {
  const letters = atob(packed);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

// `count` numbers from little-endian float32 in base64; null if it holds any other number of them.
export function packedFloats(packed, count) {
  const bytes = bytesOf(packed);
  return bytes.length === 4 * count ? new Float32Array(bytes.buffer) : null;
}

// A source for openSnapshot of blobs in base64.
export function packedBlobs(blobs) {
  const decoded = (i) => {
    if (!(i in blobs)) throw new Error(`the log has no part ${i} of this snapshot`);
    return bytesOf(blobs[i]);
  };
  return {manifest: parsed(decoded(0)), read: async (i, count) => floats(decoded(i), count)};
}

// The `count` numbers in deflated little-endian float32, as torchdemos.board.snapshot writes them. A few hostile bytes
// may inflate to billions, so nothing is inflated beyond the count.
export async function floats(bytes, count) {
  const whole = new Uint8Array(4 * count);
  const inflating = inSlices(bytes).pipeThrough(new DecompressionStream("deflate")).getReader();
  for (let size = 0; ;) {
    const {done, value} = await inflating.read().catch(() => {
      throw new Error("a part of this snapshot is damaged");
    });
    if (done) return new Float32Array(whole.buffer, 0, size % 4 ? notNumbers() : size / 4);
    if (size + value.length > whole.length) {
      inflating.cancel().catch(() => null);
      throw new Error(`expected ${count} numbers, the log has more`);
    }
    whole.set(value, size);
    size += value.length;
  }
}

function notNumbers() {
  throw new Error("a part of this snapshot is not made of numbers");
}

function inSlices(bytes) {
  let at = 0;
  return new ReadableStream({
    pull(out) {
      if (at >= bytes.length) return out.close();
      out.enqueue(bytes.slice(at, at + SLICE));
      at += SLICE;
    },
  });
}

export function parsed(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Error("this snapshot does not begin with a list of its layers");
  }
}

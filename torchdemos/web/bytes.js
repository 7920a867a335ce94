// The bytes of a snapshot as numbers.

// Deflated little-endian float32, as torchdemos.snapshot writes them.
export async function floats(bytes) {
  const whole = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const buffer = await new Response(whole).arrayBuffer().catch(() => {
    throw new Error("a part of this snapshot is damaged");
  });
  if (buffer.byteLength % 4) throw new Error("a part of this snapshot is not made of numbers");
  return new Float32Array(buffer);
}

export function parsed(bytes) {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Error("this snapshot does not begin with a list of its layers");
  }
}

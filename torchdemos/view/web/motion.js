// Motion plays once, within a few seconds, and then stands. Whoever asks their system for less motion sees the end.

let quiet = false;

export function still() {
  return quiet || matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// Calls `draw` and has everything that it begins stand at its end: what was there before is only drawn anew.
export function withoutMotion(draw) {
  quiet = true;
  try {
    return draw();
  } finally {
    quiet = false;
  }
}

// Calls `frame(part)` with parts from 0 to 1, the last of which is 1. Returns a function that jumps to the end.
export function playOnce(seconds, frame) {
  if (still()) {
    frame(1);
    return () => {};
  }
  const began = performance.now();
  let done = false;
  const tick = (now) => {
    if (done) return;
    const part = Math.min(Math.max((now - began) / 1000 / seconds, 0), 1);
    done = part === 1;
    frame(part);
    if (!done) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  return () => {
    if (!done) frame(1);
    done = true;
  };
}

// The log that the report carries. It answers the same questions as http_source.js.
import {floats, parsed} from "./bytes.js";

export function embeddedSource({answers, neurons, gradients}) {
  const steps = (run, tag) => neurons.find((one) => one.run === run && one.tag === tag);
  return {
    answers: async () => answers.map(({entry}) => entry),
    answer: async (run, prefix) => answers.find(({entry}) => entry.run === run && entry.prefix === prefix).page,
    index: async () => ({neurons, gradients}),
    snapshot: async (run, tag, step) => {
      const found = steps(run, tag);
      const blobs = found.blobs[found.steps.indexOf(step)];
      return {manifest: parsed(decoded(blobs, 0)), read: async (i, count) => floats(decoded(blobs, i), count)};
    },
    gradients: async (run, prefix) => gradients.find((one) => one.run === run && one.prefix === prefix).profile,
  };
}

function decoded(blobs, i) {
  if (!(i in blobs)) throw new Error(`the log has no part ${i} of this snapshot`);
  return Uint8Array.from(atob(blobs[i]), (letter) => letter.charCodeAt(0));
}

// The log that the report carries. It answers the same questions as http_source.js.
import {packedBlobs} from "./bytes.js";

export function embeddedSource({answers, neurons, gradients}) {
  const steps = (run, tag) => neurons.find((one) => one.run === run && one.tag === tag);
  return {
    answers: async () => answers.map(({entry}) => entry),
    answer: async (run, prefix) => answers.find(({entry}) => entry.run === run && entry.prefix === prefix).page,
    index: async () => ({neurons, gradients}),
    snapshot: async (run, tag, step) => {
      const found = steps(run, tag);
      return packedBlobs(found.blobs[found.steps.indexOf(step)]);
    },
    gradients: async (run, prefix) => gradients.find((one) => one.run === run && one.prefix === prefix).profile,
  };
}

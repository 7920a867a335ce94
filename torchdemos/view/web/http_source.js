// The log as TensorBoard's server delivers it.
import {floats, parsed} from "./bytes.js";

export function httpSource() {
  return {
    changes: async () => (await ask("changes", {})).text(),
    cards: (run) => `cards?${new URLSearchParams(run === null ? {} : {run})}`,
    answers: async () => (await ask("answers", {})).json(),
    answer: async (run, prefix) => (await ask("answer", {run, prefix})).json(),
    remarks: async () => (await ask("remarks", {})).json(),
    index: async () => (await ask("index", {})).json(),
    snapshot: openBlobs,
    gradients: async (run, prefix) => (await ask("gradients", {run, prefix})).json(),
  };
}

async function openBlobs(run, tag, step) {
  const keys = await (await ask("blobs", {run, tag, step})).json();
  const fetched = async (i) => {
    if (!(i in keys)) throw new Error(`the log has no part ${i} of this snapshot`);
    return new Uint8Array(await (await ask("blob", {key: keys[i]})).arrayBuffer());
  };
  return {manifest: parsed(await fetched(0)), read: async (i, count) => floats(await fetched(i), count)};
}

// The path is relative to the tab's own address, so it works wherever TensorBoard is served.
async function ask(path, question) {
  const answer = await fetch(`${path}?${new URLSearchParams(question)}`);
  if (!answer.ok) throw new Error((await answer.text()).slice(0, 300));
  return answer;
}

// What passes between the page and the training: events come, changes go, a snapshot is asked for.
import {packedBlobs} from "./bytes.js";
import {openSnapshot} from "./snapshot.js";

const PATIENCE_AGAIN = 2000; // milliseconds until a stream that was refused is asked for again
const SECOND = 1000; // milliseconds; only those count in which this computer is awake
const SILENCE = 10; // seconds without a word of a program that says every two that it is there; a busy one may be late
const LOST = 30; // seconds until the stream is opened anew: its other end may have gone without a word
const PATIENCE_SNAPSHOT = 70_000; // milliseconds, more than the program has
const UNANSWERED = "The program does not answer.";

// Calls `onEvent(event)` for all that the training says, and `onSilence(silent)` when it falls silent and speaks again.
// A page that nobody sees hears nothing: when it is seen again, the first event says everything. `stop()` ends it.
export function followTraining(onEvent, onSilence) {
  let [stream, ended, again, seconds, quiet, silent] = [null, false, null, null, 0, null];
  const close = () => {
    stream?.close();
    clearTimeout(again);
    clearInterval(seconds);
    stream = null;
  };
  const tell = (now) => {
    if (now !== silent) onSilence(silent = now);
  };
  const heard = () => {
    quiet = 0;
    tell(false);
  };
  const open = () => {
    close();
    if (ended || document.hidden) return;
    stream = new EventSource("events");
    seconds = setInterval(listen, SECOND);
    stream.onmessage = ({data}) => {
      heard();
      onEvent(JSON.parse(data));
    };
    stream.onopen = heard;
    stream.onerror = () => {
      tell(true);
      if (stream?.readyState === EventSource.CLOSED) again = setTimeout(open, PATIENCE_AGAIN);
    };
  };
  const listen = () => {
    if (++quiet >= SILENCE) tell(true);
    if (quiet % LOST === 0) open();
  };
  document.addEventListener("visibilitychange", open);
  open();
  return {stop: () => { ended = true; close(); }};
}

// ask(name, value) asks the training for a change and promises null, or the sentence with which it was refused. One
// question is on its way at most, the next follows in the order of asking, and of each name only with its newest value.
export function changesOf(post = postChange) {
  const waiting = new Map(); // by name: {value, tell}
  let isSending = false;
  const send = async () => {
    isSending = true;
    for (const [name, {value, tell}] of waiting) { // comes to what is added meanwhile, too
      waiting.delete(name);
      tell(await post(name, value));
    }
    isSending = false;
  };
  return (name, value) => new Promise((answer) => {
    const before = waiting.get(name);
    waiting.delete(name); // so that the newest is the last
    waiting.set(name, {value, tell: (refused) => [before?.tell, answer].forEach((tell) => tell?.(refused))});
    if (!isSending) send();
  });
}

async function postChange(name, value) {
  const headers = {"Content-Type": "application/json"};
  const answer = await fetch("change", {method: "POST", headers, body: JSON.stringify({name, value})}).catch(() => null);
  if (!answer) return UNANSWERED;
  return answer.ok ? null : (await answer.text()).slice(0, 300) || `The program refused this (${answer.status}).`;
}

// {step, snapshot}: the network at its next step, with the weights of which its neurons are made.
export async function askSnapshot() {
  const answer = await fetch("snapshot", {signal: AbortSignal.timeout(PATIENCE_SNAPSHOT)}).catch(() => null);
  if (!answer) throw new Error(UNANSWERED);
  if (!answer.ok) throw new Error((await answer.text()).slice(0, 300));
  const {step, blobs} = await answer.json();
  return {step, snapshot: await openSnapshot({snapshot: async () => packedBlobs(blobs)})};
}

// JSON has no such numbers: they travel as "NaN", "Infinity" and "-Infinity".
export function received(value) {
  return value === null || value === undefined ? null : Number(value);
}

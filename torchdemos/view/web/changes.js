// Looks again by itself while a log grows, less and less often while it does not, and never for more than a twentieth
// of the server's time.
import {reloadSetting} from "./host.js";

const FIRST_PAUSE = 1000; // milliseconds; TensorBoard itself reads the files every five seconds
const LONGEST_PAUSE = 60_000;
const SHARE = 20;

// `changes()` gives words that differ whenever the log has grown. TensorBoard's reload setting goes first: if it is on,
// TensorBoard says when to reload, and if the reader has switched it off, nothing is asked. Whatever is drawn after this
// has resolved is at least as new as what it compares with.
export async function followChanges(changes, onChange) {
  let known = await changes().catch(() => null);
  let pause = FIRST_PAUSE;
  const look = async () => {
    const began = performance.now();
    try {
      const now = await changes();
      pause = now === known ? pause * 1.5 : FIRST_PAUSE;
      if (now !== known) await onChange();
      known = now;
    } catch {
      pause = LONGEST_PAUSE;
    }
    pause = Math.min(Math.max(pause, SHARE * (performance.now() - began)), LONGEST_PAUSE);
  };
  const next = async () => {
    if (isSeen() && reloadSetting() === null) await look();
    setTimeout(next, pause);
  };
  setTimeout(next, pause);
}

// TensorBoard hides the frame of a tab that is not open.
function isSeen() {
  return !document.hidden && document.documentElement.clientWidth > 0;
}

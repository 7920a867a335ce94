// Pause, one step, back to the start, another seed, and speed; and the keys that do the same.
import {button, element} from "./dom.js";

const SPEEDS = ["slow", "normal", "fast"];
const TAKES_KEYS = "input, select, textarea, [role=application]";
const TAKES_SPACE = "button"; // one that was reached by keys: a click with the mouse leaves it

// `change(name, value)`. `transport.offer(scene)` and `transport.show(frame)` follow the training.
export function liveTransport(change) {
  const made = {change, paused: false, seed: 0, actions: []};
  made.pause = button("", "pause or go on (space)", () => change("pause", !made.paused));
  made.pause.classList.add("pause");
  made.step = button("❯❙ step", "one step, then pause (n)", () => change("step", null));
  made.restart = button("↺ start", "back to the start: the same network anew, beside the old curve", () => change("restart", null));
  made.another = button("", "another seed: other weights, beside the old curve", () => change("seed", made.seed + 1));
  made.speeds = SPEEDS.map((speed) => button(speed, `speed: ${speed}`, () => change("speed", speed)));
  made.pace = element("div", {class: "speeds", role: "group", "aria-label": "speed"}, made.speeds);
  [made.count, made.rate] = [element("b"), element("small")];
  made.element = element("div", {class: "transport"}, element("p", {class: "step-count"}, made.count, made.rate),
    made.pause, made.step, made.restart, made.another, made.pace);
  made.offer = (scene) => offerActions(made, scene);
  made.show = (frame) => showPace(made, frame);
  addEventListener("keydown", (event) => pressed(made, event), {capture: true}); // before a neuron takes a space for a choice
  addEventListener("click", leaveButton);
  return made;
}

// `before`: the step at which a paused training waits, where its latest look may be of an earlier one.
function showPace(made, {step, before, paused, steps_per_second: pace}) {
  made.count.textContent = `step ${step.toLocaleString("en")}`;
  const speed = pace ? `${pace < 10 ? pace.toPrecision(2) : Math.round(pace)} a second` : "";
  const waits = before === undefined ? "paused" : `paused before step ${before.toLocaleString("en")}`;
  made.rate.textContent = paused ? waits : speed;
  if (paused !== made.paused || !made.pause.textContent) showPaused(made, paused);
}

function offerActions(made, {actions = [], speed, seed = 0}) {
  made.actions = actions;
  made.seed = seed;
  made.another.textContent = `seed ${seed} ▸`;
  const parts = {pause: made.pause, step: made.step, restart: made.restart, seed: made.another, speed: made.pace};
  for (const [name, part] of Object.entries(parts)) part.hidden = !actions.includes(name);
  made.speeds.forEach((one, i) => one.setAttribute("aria-pressed", SPEEDS[i] === speed));
}

function showPaused(made, paused) {
  made.paused = paused;
  made.pause.textContent = paused ? "▶ go on" : "❚❚ pause";
  made.pause.classList.toggle("is-paused", paused);
}

function pressed(made, event) {
  const name = {" ": "pause", n: "step"}[event.key];
  const taken = event.target.closest?.(name === "pause" ? `${TAKES_KEYS}, ${TAKES_SPACE}` : TAKES_KEYS);
  if (!made.actions.includes(name) || taken || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  made.change(name, name === "pause" ? !made.paused : null);
}

// Else a space would press it again. A click by keys has no `detail`.
function leaveButton({target, detail}) {
  if (detail) target.closest?.("button")?.blur();
}

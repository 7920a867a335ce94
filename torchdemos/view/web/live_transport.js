// Pause, one step, back to the start, another seed, and speed; and the keys that do the same.
import {button, element} from "./dom.js";
import {wishFor} from "./live_wish.js";

const SPEEDS = ["slow", "normal", "fast"];
const TAKES_KEYS = "input, select, textarea, [role=application]";
const TAKES_SPACE = "button"; // one that was reached by keys: a click with the mouse leaves it

// `change(name, value)`. `transport.offer(scene)` and `transport.show(frame)` follow the training.
export function liveTransport(change) {
  const made = {actions: []};
  made.paused = wishFor((value) => change("pause", value), (paused) => showPaused(made, paused));
  made.seed = wishFor((value) => change("seed", value), (seed) => { made.another.textContent = `seed ${seed} ▸`; });
  made.does = {pause: () => made.paused.ask(!made.paused.value()), step: () => made.paused.ask(true, () => change("step", null))};
  made.pause = button("", "pause or go on (space)", made.does.pause);
  made.pause.classList.add("pause");
  made.pause.addEventListener("keydown", (event) => event.repeat && event.preventDefault());
  made.step = button("❯❙ step", "one step, then pause (n)", made.does.step);
  made.restart = button("↺ start", "back to the start: the same network anew, beside the old curve", () => change("restart", null));
  made.another = button("", "another seed: other weights, beside the old curve", () => made.seed.ask(made.seed.value() + 1));
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
  made.paused.shows(paused);
}

function offerActions(made, {actions = [], speed, seed = 0}) {
  made.actions = actions;
  made.seed.shows(seed);
  const parts = {pause: made.pause, step: made.step, restart: made.restart, seed: made.another, speed: made.pace};
  for (const [name, part] of Object.entries(parts)) part.hidden = !actions.includes(name);
  made.speeds.forEach((one, i) => one.setAttribute("aria-pressed", SPEEDS[i] === speed));
}

function showPaused({pause}, paused) {
  const words = paused ? "▶ go on" : "❚❚ pause";
  if (pause.textContent === words) return;
  pause.textContent = words;
  pause.classList.toggle("is-paused", paused);
}

function pressed(made, event) {
  const name = {" ": "pause", n: "step"}[event.key];
  const taken = event.target.closest?.(name === "pause" ? `${TAKES_KEYS}, ${TAKES_SPACE}` : TAKES_KEYS);
  if (!made.actions.includes(name) || taken || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  event.stopPropagation();
  if (name === "step" || !event.repeat) made.does[name](); // a key that is held down pauses once
}

// Else a space would press it again. A click by keys has no `detail`.
function leaveButton({target, detail}) {
  if (detail) target.closest?.("button")?.blur();
}

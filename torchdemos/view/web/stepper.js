// A slider over the steps of training, with a button that plays them.
import {button, element} from "./dom.js";

const STEP_PAUSE = 900; // milliseconds a step

// `offer(steps)` keeps the chosen step, or stays at the end. `value()` is the step. Begins at the end if `fromEnd`.
export function stepper(onStep, fromEnd = true) {
  let steps = [];
  let timer = null;
  const slider = element("input", {type: "range", min: 0, max: 0, "aria-label": "training step"});
  const shown = element("output", {});
  const play = button("▶", "play through training", () => (timer ? stop() : start()));
  const label = element("label", {class: "choice"}, element("span", {}, "step"), slider);
  const made = element("div", {class: "stepper"}, play, label, shown);
  slider.addEventListener("input", tell);

  function tell() {
    shown.textContent = steps.length ? `${made.value()}` : "none";
    slider.setAttribute("aria-valuetext", `step ${shown.textContent}`);
    made.dataset.step = shown.textContent;
    onStep();
  }
  function atEnd() {
    return Number(slider.value) >= steps.length - 1;
  }
  function move(place) {
    slider.value = place;
    tell();
  }
  function start() {
    play.textContent = "❚❚";
    move(atEnd() ? 0 : Number(slider.value) + 1);
    timer = setInterval(() => (atEnd() ? stop() : move(Number(slider.value) + 1)), STEP_PAUSE);
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = "▶";
  }

  made.value = () => steps[Number(slider.value)];
  made.choose = (step) => move(steps.indexOf(nearest(steps, step)));
  made.offer = (offered) => {
    const before = made.value();
    const toEnd = steps.length ? before === steps.at(-1) : fromEnd;
    steps = offered;
    slider.max = Math.max(steps.length - 1, 0);
    slider.value = toEnd ? slider.max : Math.max(steps.indexOf(nearest(steps, before ?? 0)), 0);
    play.disabled = steps.length < 2;
    shown.textContent = steps.length ? `${made.value()}` : "none";
    made.dataset.step = shown.textContent;
  };
  return made;
}

export function nearest(steps, wanted) {
  return steps.reduce((best, one) => (Math.abs(one - wanted) < Math.abs(best - wanted) ? one : best), steps[0]);
}

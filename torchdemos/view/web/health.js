// The hero of a watched model: where its gradient flows, its loss, and what was checked.
import {heading, lines} from "./cards.js";
import {button, element} from "./dom.js";
import {drawing, emphasized, power} from "./draw.js";
import {flowLegend, layerLabel, ratioInWords, ratiosOf} from "./flow.js";
import {healthMap, mapLayout, placeWithin} from "./health_map.js";
import {playOnce} from "./motion.js";
import {nearest} from "./stepper.js";

const TRAINING_SECONDS = 2.5;
const MANY_TIMES = 1000; // the largest loss by the smallest, beyond which its axis is logarithmic

// {name, colour, layers, kinds, steps, log10, spread, saturated, updates, losses, checks: [[mark, words]], findings}
export function health(hero) {
  return element("div", {class: "health"}, hero.steps.length ? flowOf(hero) : null, healthBesides(hero));
}

function flowOf(hero) {
  const last = hero.steps.length - 1;
  const state = {...hero, labels: hero.layers.map((name, i) => layerLabel(name, hero.kinds[i])),
    ratios: ratiosOf(hero.log10), at: last, layer: 0, shown: hero.steps.length};
  const said = element("p", {class: "health-said", role: "status"});
  const map = drawing((width) => healthMap(state, width), {class: "drawing health-map", tabindex: 0, role: "slider",
    "aria-label": "step and layer", "aria-valuemin": hero.steps[0], "aria-valuemax": hero.steps[last]});
  const kept = keptChoice(hero);
  const show = (changed) => {
    Object.assign(state, changed);
    map.redraw();
    said.replaceChildren(...emphasized(chosenInWords(state)));
    map.setAttribute("aria-valuenow", state.steps[state.at]);
    map.setAttribute("aria-valuetext", said.textContent);
  };
  let finish = () => {};
  const play = () => {
    finish();
    const seen = (part) => Math.round(part * last);
    finish = playOnce(TRAINING_SECONDS, (part) => show({at: seen(part), shown: seen(part) + 1}));
  };
  const choose = (at, layer) => {
    finish();
    [kept.step.value, kept.layer.value] = [hero.steps[at], layer];
    show({at, layer});
  };
  kept.step.oninput = kept.layer.oninput = () => {
    choose(hero.steps.indexOf(nearest(hero.steps, Number(kept.step.value))), Number(kept.layer.value));
  };
  chooseOn(map, state, choose);
  play();
  return element("div", {}, element("div", {class: "head"}, heading("Gradient by layer", "by the last one's"),
    element("div", {class: "row"}, flowLegend([state.ratios]),
      last > 0 ? button("▶", "play the training again", play) : null)), map, said, kept.step, kept.layer);
}

// The choice as two controls that nobody sees: what a page keeps of its controls when training goes on.
function keptChoice({steps, layers}) {
  const control = (name, most, value) => element("input", {type: "range", hidden: "", min: 0, max: most, value, "aria-label": name});
  return {step: control("chosen step", steps.at(-1), steps.at(-1)), layer: control("chosen layer", layers.length - 1, 0)};
}

function chooseOn(map, state, choose) {
  const point = (event) => {
    const box = map.getBoundingClientRect();
    const place = mapLayout(state, box.width);
    const x = event.clientX - box.left;
    choose(place.holds(x) ? place.columnAt(x) : state.at, place.rowAt(event.clientY - box.top));
  };
  map.addEventListener("pointerdown", (event) => {
    map.setPointerCapture(event.pointerId);
    point(event);
  });
  map.addEventListener("pointermove", (event) => event.buttons && point(event));
  map.addEventListener("keydown", (event) => {
    const by = {ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1],
      Home: [-Infinity, 0], End: [Infinity, 0]}[event.key];
    if (!by) return;
    event.preventDefault();
    choose(placeWithin(state.at + by[0], state.steps.length), placeWithin(state.layer + by[1], state.layers.length));
  });
}

function chosenInWords({labels, steps, ratios, spread, saturated, updates, at, layer}) {
  const moved = updates[layer][at];
  const step = moved === "zero" ? "the step changed no bit of its weights"
    : moved === null ? null : `the step moved its weights by **${power(moved, 1)}** of their size`;
  const out = spread[layer][at] ?? null;
  const flat = saturated[layer][at] ?? null;
  return [`**${labels[layer]}**, step ${steps[at]}: gradient ${boldly(ratioInWords(ratios[layer][at]))}`,
    out === null ? null : `its output spreads by **${out}**`, step,
    flat === null ? null : `**${Math.round(100 * flat)} %** of its units are saturated`].filter(Boolean).join("; ") + ".";
}

function boldly(words) {
  return words.includes("**") ? words : `**${words}**`;
}

function healthBesides(hero) {
  const list = (items) => element("ul", {class: "health-checks"}, items);
  const found = hero.findings.map((words) => element("li", {class: "ill"}, emphasized(words)));
  return element("div", {}, healthLoss(hero), found.length ? [heading("Also found"), list(found)] : null,
    heading("Checked"), list(hero.checks.map(([mark, words]) => element("li", {class: mark}, words))));
}

function healthLoss({losses, name, colour}) {
  if (!losses.length) return null;
  const finite = losses.map(([, loss]) => loss).filter((loss) => loss !== null);
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  const broken = losses.find(([, loss]) => loss === null);
  const edges = least > 0 && most > MANY_TIMES * least ? {log: true} : least >= 0 ? {low: 0, high: most} : {};
  return element("section", {}, element("div", {class: "head"}, heading("Loss", "of the batch")),
    finite.length > 1 ? drawing((width) => lines({series: [{name, points: losses, colour}], ...edges}, width, "Loss")) : null,
    broken ? element("p", {class: "note"}, `not finite from step ${broken[0]} on`) : null);
}

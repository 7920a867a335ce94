// The gradient view: gradient norms by layer and step, and at one step beside their prediction.
import {chart} from "./chart.js";
import {LINES} from "./colours.js";
import {element, number} from "./dom.js";
import {heatmap} from "./heatmap.js";
import {viridisLegend} from "./legend.js";
import {runPicker} from "./runs.js";
import {nearest, stepper} from "./stepper.js";
import {onWidth, tooltip} from "./tooltip.js";

const ROW_NAME_WIDTH = 96; // pixels
const GRADIENTS_EXPLAINED = "Each row is a layer, the input at the top. One colour from top to bottom is a healthy " +
  "gradient; dark at the top: it vanished; bright at the top: it explodes.";
const NO_GRADIENTS = "No gradients are logged here yet. Run “torchdemos gradient-flow”, or watch your own model " +
  "with watch(model, \"logs/mine\").";

// {element, refresh()}: `refresh` reads the log as it is now and draws. Nothing is shown before its first call.
export function gradientsView(source) {
  const view = {source, drawing: 0, known: new Map(), tip: tooltip()};
  view.runs = runPicker(() => drawGradients(view), true);
  view.steps = stepper(() => markStep(view), false);
  view.controls = element("div", {class: "controls"}, view.runs, view.steps, element("span", {class: "range"}));
  view.maps = element("div", {class: "networks"});
  view.details = element("aside", {class: "details"});
  const stage = element("div", {class: "stage"}, view.maps, view.details);
  const lead = element("p", {class: "lead"}, GRADIENTS_EXPLAINED);
  view.shown = element("div", {class: "gradients"}, lead, view.controls, stage, view.tip);
  onWidth(view.shown, () => drawGradients(view));
  return {element: view.shown, refresh: () => refreshGradients(view)};
}

async function refreshGradients(view) {
  const {gradients} = await view.source.index();
  view.known.clear();
  view.runs.offer(gradients.map(({run, prefix}) => ({run, part: prefix})));
  return drawGradients(view);
}

// A later call overtakes an earlier one that is still waiting for its data.
async function drawGradients(view) {
  const ticket = ++view.drawing;
  const chosen = view.runs.chosen();
  view.controls.hidden = !chosen.length;
  if (!chosen.length) return sayNoGradients(view, NO_GRADIENTS);
  if (!view.shown.clientWidth) return;
  try {
    const opened = await Promise.all(chosen.map((one) => openProfile(view, one)));
    if (ticket === view.drawing) showProfiles(view, opened);
  } catch (error) {
    if (ticket === view.drawing) sayNoGradients(view, `These gradients cannot be shown: ${error.message}.`);
  }
}

function sayNoGradients(view, words) {
  view.maps.replaceChildren(element("p", {class: "problem", "data-problem": "true"}, words));
  view.details.replaceChildren();
}

async function openProfile(view, {entry, name}) {
  const key = JSON.stringify([entry.run, entry.part]);
  if (!view.known.has(key)) view.known.set(key, view.source.gradients(entry.run, entry.part));
  return {name, profile: await view.known.get(key)};
}

function showProfiles(view, opened) {
  const finite = opened.flatMap(({profile}) => profile.log10.flat()).filter((value) => value !== null);
  const [low, high] = finite.length ? [leastOf(finite), -leastOf(finite.map((x) => -x))] : [0, 0];
  const width = (view.maps.clientWidth - 24 * (opened.length - 1)) / opened.length - ROW_NAME_WIDTH;
  const focused = view.maps.contains(document.activeElement);
  view.opened = opened;
  view.drawn = opened.map(({name, profile}) => heatmap(name, profile, {
    low, high, width, onStep: view.steps.choose, onPoint: view.tip.point,
  }));
  view.maps.replaceChildren(...view.drawn);
  if (focused) view.drawn[0].focusOn();
  const absent = element("span", {class: "legend"}, element("i", {class: "absent"}), "zero or not finite");
  const legend = viridisLegend(number(low), number(high));
  view.controls.lastChild.replaceChildren("log10 of the gradient norm", legend, absent);
  view.steps.offer(opened[0].profile.steps);
  markStep(view);
}

function leastOf(values) {
  return values.reduce((low, value) => Math.min(low, value), Infinity);
}

function markStep(view) {
  const step = view.steps.value();
  view.opened.forEach(({profile}, i) => view.drawn[i].mark(nearest(profile.steps, step)));
  const series = view.opened.flatMap((one, i) => seriesOf(one, step, LINES[i + 1], view.opened.length > 1));
  const about = "A straight line is a constant factor per layer. Dashed: what theory predicts.";
  const axes = {x: {label: "layer, from the input to the loss"}, y: {label: "log10 of the gradient norm"}};
  view.details.replaceChildren(chart({title: `Gradient by layer at step ${step}`, about, ...axes, series}));
  view.shown.dataset.step = step;
}

function seriesOf({name, profile}, step, colour, several) {
  const column = profile.steps.indexOf(nearest(profile.steps, step));
  const points = (matrix) => matrix.map((row, i) => [i + 1, row[column]]);
  const own = (word) => (several ? `${name}, ${word}` : word);
  const measured = {name: own("measured"), points: points(profile.log10), colour};
  const theory = points(profile.predicted ?? []).filter(([, value]) => value !== null); // none for the last layer
  return theory.length ? [measured, {name: own("predicted"), points: theory, colour, dashed: true}] : [measured];
}

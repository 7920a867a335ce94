// The gradient view: gradient norms by layer and step, and at one step beside their prediction.
import {chart} from "./chart.js";
import {LINES} from "./colours.js";
import {element} from "./dom.js";
import {flowLegend, layerLabel} from "./flow.js";
import {heatmap} from "./heatmap.js";
import {runPicker} from "./runs.js";
import {nearest, stepper} from "./stepper.js";
import {onWidth, tooltip} from "./tooltip.js";

const MOST_MAPS = 4; // side by side
const [MAP_NAMES, MAP_GAP] = [134, 24]; // pixels: the names of the layers, and between two maps
const GRADIENTS_EXPLAINED = "Each row is a layer, the input at the top. White: its gradient is as large as the last " +
  "layer's; blue: it vanishes; red: it explodes.";
const NO_GRADIENTS = "No gradients are logged here yet. Run “torchdemos gradient-flow”, or watch your own model " +
  "with watch(model, \"logs/mine\").";

// {element, refresh()}: `refresh` reads the log as it is now and draws. Nothing is shown before its first call.
export function gradientsView(source) {
  const view = {source, drawing: 0, known: new Map(), tip: tooltip()};
  view.runs = runPicker(() => drawGradients(view), MOST_MAPS, true);
  view.steps = stepper(() => markStep(view), false);
  view.controls = element("div", {class: "controls"}, view.runs, view.steps);
  view.legend = element("p", {class: "range"}); // it stays on paper, where there are no controls
  view.maps = element("div", {class: "networks"});
  view.details = element("aside", {class: "details"});
  view.stage = element("div", {class: "stage"}, view.maps, view.details);
  const lead = element("p", {class: "lead"}, GRADIENTS_EXPLAINED);
  view.shown = element("div", {class: "gradients"}, lead, view.controls, view.legend, view.stage, view.tip);
  onWidth(view.shown, () => drawGradients(view));
  return {element: view.shown, refresh: () => refreshGradients(view)};
}

async function refreshGradients(view) {
  const {gradients, folder} = await view.source.index();
  view.known.clear();
  view.runs.offer(gradients.map(({run, prefix, colour}) => ({run, part: prefix, colour})), folder);
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
  view.legend.replaceChildren();
  view.details.replaceChildren();
}

async function openProfile(view, {entry, name}) {
  const key = JSON.stringify([entry.run, entry.part]);
  if (!view.known.has(key)) view.known.set(key, view.source.gradients(entry.run, entry.part));
  return {name, colour: entry.colour, profile: await view.known.get(key)};
}

function showProfiles(view, opened) {
  view.stage.classList.toggle("wide-maps", opened.length > 2);
  const [names] = opened.map(({profile}) => JSON.stringify(profile.layers));
  const alike = opened.every(({profile}) => JSON.stringify(profile.layers) === names);
  const named = (place) => place === 0 || !alike;
  const taken = opened.filter((_, i) => named(i)).length * MAP_NAMES + MAP_GAP * (opened.length - 1);
  const width = Math.max(Math.floor((view.maps.clientWidth - taken) / opened.length), 40);
  const focused = view.maps.contains(document.activeElement);
  view.opened = ownColours(opened);
  view.drawn = opened.map(({name, profile}, i) => heatmap(name, profile, {
    width, named: named(i), onStep: view.steps.choose, onPoint: view.tip.point,
  }));
  view.maps.replaceChildren(...view.drawn);
  if (focused) view.drawn[0].focusOn();
  view.legend.replaceChildren(...flowLegend(view.drawn.map(({ratios}) => ratios)).filter(Boolean));
  view.steps.offer(opened[0].profile.steps);
  markStep(view);
}

// Several models of one run have its colour in common: all but the first get one that is left.
function ownColours(opened) {
  const taken = new Set(opened.map(({colour}) => colour));
  return opened.map((one, i) => {
    if (opened.findIndex(({colour}) => colour === one.colour) === i) return one;
    const colour = LINES.find((line) => !taken.has(line));
    taken.add(colour);
    return {...one, colour};
  });
}

function markStep(view) {
  const step = view.steps.value();
  view.opened.forEach(({profile}, i) => view.drawn[i].mark(nearest(profile.steps, step)));
  const series = view.opened.flatMap((one) => seriesOf(one, step, view.opened.length > 1));
  const zeros = view.opened.map((one) => zerosOf(one, step, view.opened.length > 1)).filter(Boolean);
  const about = ["A straight line is a constant factor per layer. Dashed: what theory predicts.", ...zeros].join(" ");
  const axes = {x: {label: "layer, from the input to the loss"}, y: {label: "log10 of the gradient norm"}};
  view.details.replaceChildren(chart({title: `Gradient by layer at step ${step}`, about, ...axes, series}));
  view.shown.dataset.step = step;
}

function columnAt(profile, step) {
  return profile.steps.indexOf(nearest(profile.steps, step));
}

// A gradient that is not finite breaks its line, and one that is exactly 0 has no logarithm and so no point.
function seriesOf({name, profile, colour}, step, several) {
  const column = columnAt(profile, step);
  const points = (matrix) => matrix.map((row, i) => [i + 1, row[column]]).filter(([, cell]) => cell !== null && cell !== "zero")
    .map(([layer, cell]) => [layer, cell === "not finite" ? NaN : cell]);
  const own = (word) => (several ? `${name}, ${word}` : word);
  const measured = {name: own("measured"), points: points(profile.log10), colour};
  const theory = points(profile.predicted ?? []); // none for the last layer
  return theory.length ? [measured, {name: own("predicted"), points: theory, colour, dashed: true}] : [measured];
}

function zerosOf({name, profile}, step, several) {
  const column = columnAt(profile, step);
  const zero = profile.layers.map((layer, i) => layerLabel(layer, profile.kinds[i])).filter((_, i) => profile.log10[i][column] === "zero");
  if (!zero.length) return "";
  const others = zero.length > 1 ? ` and ${zero.length - 1} more` : "";
  return `Exactly 0, and so without a point: ${several ? `${name}, ` : ""}${zero[0]}${others}.`;
}

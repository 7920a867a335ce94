// The neurons view: every neuron of a network for one input at one step of training, and one neuron by hand.
import {detailOf} from "./detail.js";
import {element} from "./dom.js";
import {signedLegend} from "./legend.js";
import {drawNetwork, scalesOf, strongest} from "./network.js";
import {runPicker} from "./runs.js";
import {samplePicker} from "./samples.js";
import {openSnapshot, sizeOf} from "./snapshot.js";
import {nearest, stepper} from "./stepper.js";
import {onWidth, tooltip} from "./tooltip.js";

const MOST_KEPT = 6; // snapshots at hand; all those of a long training would fill the memory
const NAME_WIDTH = 160; // pixels for the names of the layers
const NEURONS_EXPLAINED = "Each little square is a neuron, its colour the value it has for this input. " +
  "Click one to see how that value is made.";
const NO_NEURONS = "No neurons are logged here yet. Run “torchdemos neurons”, or watch your own model with " +
  "watch(model, \"logs/mine\", detail=\"pictures\").";

// {element, refresh()}: `refresh` reads the log as it is now and draws. Nothing is shown before its first call.
export function neuronsView(source) {
  const view = {source, chosen: null, drawing: 0, known: new Map(), tip: tooltip()};
  view.runs = runPicker(() => offerSteps(view));
  view.samples = samplePicker(() => drawNeurons(view));
  view.steps = stepper(() => drawNeurons(view));
  view.controls = element("div", {class: "controls"}, view.runs, view.steps, view.samples);
  view.networks = element("div", {class: "networks"});
  view.details = element("aside", {class: "details", "aria-live": "polite"});
  const lead = element("p", {class: "lead"}, NEURONS_EXPLAINED, signedLegend());
  const stage = element("div", {class: "stage"}, view.networks, view.details);
  view.shown = element("div", {class: "neurons"}, lead, view.controls, stage, view.tip);
  onWidth(view.shown, () => drawNeurons(view));
  return {element: view.shown, refresh: () => refreshNeurons(view)};
}

async function refreshNeurons(view) {
  const {neurons, folder} = await view.source.index();
  view.known.clear();
  view.runs.offer(neurons.map(({run, tag, steps}) => ({run, part: tag, steps})), folder);
  return offerSteps(view);
}

function offerSteps(view) {
  view.steps.offer(view.runs.chosen()[0]?.entry.steps ?? []);
  return drawNeurons(view);
}

// A later call overtakes an earlier one that is still waiting for its data.
async function drawNeurons(view) {
  const ticket = ++view.drawing;
  const chosen = view.runs.chosen();
  view.controls.hidden = !chosen.length;
  if (!chosen.length) return sayNoNeurons(view, NO_NEURONS);
  if (!view.shown.clientWidth) return;
  try {
    const opened = await Promise.all(chosen.map((one) => snapshotAt(view, one)));
    if (ticket === view.drawing) await showSnapshots(view, opened);
  } catch (error) {
    if (ticket === view.drawing) sayNoNeurons(view, `Step ${view.steps.value()} cannot be shown: ${error.message}.`);
  }
}

function sayNoNeurons(view, words) {
  view.networks.replaceChildren(element("p", {class: "problem", "data-problem": "true"}, words));
  view.details.replaceChildren();
}

// The snapshot at the chosen step, or at the nearest one if this run has none there.
async function snapshotAt(view, {entry, name}) {
  const step = nearest(entry.steps, view.steps.value());
  const key = JSON.stringify([entry.run, entry.part, step]);
  const snapshot = view.known.get(key) ?? openSnapshot(view.source, entry.run, entry.part, step);
  view.known.delete(key);
  view.known.set(key, snapshot); // the latest is the last to go
  if (view.known.size > MOST_KEPT) view.known.delete(view.known.keys().next().value);
  return {title: `${name}, step ${step}`, snapshot: await snapshot};
}

function showSnapshots(view, opened) {
  const snapshots = opened.map((one) => one.snapshot);
  view.samples.offer(snapshots[0]);
  const sample = Math.min(view.samples.value(), ...snapshots.map((one) => one.samples.length - 1));
  if (!snapshots.some((one) => hasNeuron(one, view.chosen))) view.chosen = strongest(snapshots[0], sample);
  const scene = {opened, sample, scales: scalesOf(snapshots, sample), onPoint: view.tip.point};
  const focused = view.networks.contains(document.activeElement) ? document.activeElement.dataset.layer : null;
  const drawn = opened.map((one) => drawNetwork(titleBeside(one, opened), one.snapshot, {
    ...scene,
    width: (view.networks.clientWidth - 24 * (opened.length - 1)) / opened.length - NAME_WIDTH,
    onChoose: (layer, index) => chooseNeuron(view, drawn, scene, {layer, index}),
  }));
  view.networks.replaceChildren(...drawn);
  if (focused) drawn[0].focusOn(focused);
  view.tip.askAgain();
  return chooseNeuron(view, drawn, scene, view.chosen);
}

function hasNeuron({layers}, chosen) {
  const layer = layers.find((one) => one.values && one.name === chosen?.layer);
  return Boolean(layer) && chosen.index < sizeOf([layer.kept, ...layer.shape.slice(1)]);
}

function titleBeside(one, opened) {
  return opened.length > 1 ? one.title : null;
}

async function chooseNeuron(view, drawn, scene, chosen) {
  view.chosen = chosen;
  drawn.forEach((one) => one.mark(chosen));
  const all = scene.opened.map((one) => detailOf(titleBeside(one, scene.opened), one.snapshot, chosen, scene));
  const details = await Promise.all(all);
  if (view.chosen !== chosen || !drawn[0].isConnected) return; // overtaken
  details.forEach((detail, i) => drawn[i].mark(chosen, detail.from, detail.window));
  view.details.replaceChildren(...details.map((detail) => detail.element));
  view.tip.askAgain();
  view.shown.dataset.step = view.steps.value();
  view.shown.dataset.sample = scene.sample;
}

// The loss and accuracy of the training and of those before it, as they grow.
import {LINES} from "./colours.js";
import {received} from "./live_wire.js";

// curves.list: [{name, words, colour, loss: values, accuracy: values}], the current one last. Values are {steps, values,
// least, most, lowest, first}: `least` is the least positive one, `lowest` may be negative, all are finite.
// curves.beyond: [[from, to]], the steps of the current one that were made with a learning rate beyond the mark.
export function liveCurves() {
  const curves = {list: [], beyond: [], noted: null};
  curves.take = (given) => {
    const before = curves.list.at(-1)?.name;
    const colours = coloursOf(given, curves.list);
    curves.list = given.map((one) => curveOf(one, colours.get(one.name)));
    if (curves.list.at(-1)?.name !== before) Object.assign(curves, {beyond: [], noted: null});
  };
  curves.grow = (points) => curves.list.length && addPoints(curves.list.at(-1), points);
  curves.note = (step, isBeyond) => {
    noteBeyond(curves.beyond, curves.noted ?? step, step, isBeyond);
    curves.noted = step;
  };
  return curves;
}

// A curve keeps its colour while it grows old; a new one has the first that is free after the others.
function coloursOf(given, before) {
  const colours = new Map();
  for (const {name} of given) {
    const kept = before.find((one) => one.name === name)?.colour;
    const next = LINES.indexOf([...colours.values()].at(-1)) + 1;
    colours.set(name, kept ?? LINES[next % LINES.length]);
  }
  return colours;
}

function curveOf({name, words, ...points}, colour) {
  const empty = () => ({steps: [], values: [], least: Infinity, most: -Infinity, lowest: Infinity, first: null});
  const curve = {name, words, colour, loss: empty(), accuracy: empty()};
  addPoints(curve, points);
  return curve;
}

function addPoints({loss, accuracy}, {steps = [], losses = [], accuracies = []}) {
  steps.forEach((step, i) => addPoint(loss, step, received(losses[i])));
  for (const [step, share] of accuracies) if (Number.isFinite(received(share))) addPoint(accuracy, step, received(share));
}

function addPoint(into, step, value) {
  into.steps.push(step);
  into.values.push(value);
  if (!Number.isFinite(value) || value === null) return;
  into.first ??= value;
  into.most = Math.max(into.most, value);
  into.lowest = Math.min(into.lowest, value);
  if (value > 0) into.least = Math.min(into.least, value);
}

// A learning rate that is beyond the mark now may have been there since the step that was seen before.
function noteBeyond(spans, before, step, isBeyond) {
  const last = spans.at(-1);
  if (last?.open) last[1] = step;
  if (last?.open && !isBeyond) last.open = false;
  if (isBeyond && !last?.open) spans.push(Object.assign([before, step], {open: true}));
}

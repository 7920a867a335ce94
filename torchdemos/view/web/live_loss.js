// Loss and accuracy as they grow: two plots, their last values in words, and the names of the curves.
import {element, number} from "./dom.js";
import {liveCurves} from "./live_curves.js";
import {livePlot} from "./live_plot.js";
import {onRoom} from "./tooltip.js";

const ACCURACY_SHARE = 0.3; // of the height
const LEAST_ACCURACY = 64; // pixels

export function liveLoss() {
  const view = {curves: liveCurves(), size: [0, 0]};
  view.plots = {loss: livePlot("loss", "loss by step"), accuracy: livePlot("accuracy", "accuracy by step")};
  view.said = {loss: element("b"), accuracy: element("b")};
  view.gone = element("small", {class: "gone", role: "status"});
  view.keys = element("div", {class: "curve-names"});
  const head = (name, ...more) => element("h2", {}, `${name} `, ...more);
  view.parts = {accuracy: element("div", {}, head("Accuracy", view.said.accuracy), view.plots.accuracy.element)};
  const loss = element("div", {}, head("Loss", view.said.loss, " ", view.gone), view.plots.loss.element);
  view.room = element("div", {class: "plots"}, loss, view.parts.accuracy);
  view.element = element("section", {class: "live-loss"}, view.room, view.keys);
  onRoom(view.room, (...size) => {
    view.size = size;
    drawLoss(view);
  });
  view.take = (curves) => {
    view.curves.take(curves);
    nameCurves(view);
  };
  view.grow = view.curves.grow;
  view.show = (frame) => {
    view.curves.note(frame.step, Boolean(frame.mark) && frame.rate > frame.mark.rate);
    sayLoss(view, frame);
  };
  view.draw = () => drawLoss(view);
  return view;
}

function drawLoss(view) {
  const [width, height] = view.size;
  if (!width) return;
  const known = view.curves.list.some(({accuracy}) => accuracy.steps.length);
  if (view.parts.accuracy.hidden === known) view.parts.accuracy.hidden = !known;
  const low = known ? Math.max(LEAST_ACCURACY, Math.round((height - 50) * ACCURACY_SHARE)) : 0;
  view.plots.loss.draw(view.curves, width, height - low - (known ? 54 : 26));
  if (known) view.plots.accuracy.draw(view.curves, width, low);
}

function sayLoss(view, {loss, accuracy, step}) {
  const lost = loss !== null && !Number.isFinite(loss);
  view.said.loss.textContent = loss === null ? "" : lost ? "not finite" : number(Number(loss.toPrecision(3)));
  view.said.accuracy.textContent = !Number.isFinite(accuracy) ? "" : `${(100 * accuracy).toFixed(1)} %`;
  if (lost === Boolean(view.gone.textContent)) return;
  view.gone.textContent = lost ? `since step ${lostSince(view.curves.list.at(-1)?.loss, step).toLocaleString("en")}` : "";
}

// The first step after the last finite loss.
function lostSince(known, step) {
  const last = known?.values.findLastIndex((value) => Number.isFinite(value)) ?? -1;
  return known?.steps[last + 1] ?? step;
}

function nameCurves({keys, curves}) {
  const last = curves.list.at(-1);
  const nameOf = (curve) => element("span", {class: curve === last ? "current" : "", title: curve.words},
    element("i", {style: `background:${curve.colour}`}), curve.words);
  keys.replaceChildren(...curves.list.filter(({words}) => words).map(nameOf).reverse());
}

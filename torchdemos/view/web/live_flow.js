// The gradient by layer over the latest frames, in the colours of flow.js, and now as bars, beside what a step changes.
import {element, number} from "./dom.js";
import {STRIPES, flowInk, flowLegend, flowStripes, layerLabel, paintFlow, ratioInWords, ratiosOf} from "./flow.js";
import {flowBars, flowPlaces, tallest} from "./live_flow_bars.js";
import {received} from "./live_wire.js";
import {onRoom} from "./tooltip.js";

const FLOW_COLUMN = 2; // pixels of a frame in the map

export function liveFlow(onPoint) {
  const view = {names: [], history: [], steps: [], now: [], built: "", size: [0, 0]};
  view.map = element("canvas", {role: "img", "aria-label": "gradient by layer over the latest frames"});
  view.bars = element("div", {class: "flow-bars drawing"});
  view.ends = element("p", {class: "flow-steps"}, element("span"), element("span"));
  view.legend = element("p", {class: "flow-legend"}, flowLegend([[]]).filter(Boolean));
  view.room = element("div", {class: "flow-room"}, view.map, view.ends, view.legend, view.bars);
  view.element = element("section", {class: "live-flow"},
    element("h2", {}, "Gradient by layer ", element("small", {}, "compared with the last one’s")), view.room);
  onRoom(view.room, (...size) => {
    view.size = size;
    drawFlow(view);
  });
  view.bars.addEventListener("mousemove", (event) => onPoint(event, flowInWords(view, view.places?.rowAt(event.offsetY))));
  view.bars.addEventListener("mouseleave", (event) => onPoint(event, null));
  view.show = (flow, step, kinds) => {
    view.element.hidden = !flow.length;
    const names = flow.map(({layer}) => layerLabel(layer, kinds.get(layer)));
    if (String(names) !== String(view.names) || step < view.steps.at(-1)) { // another training
      Object.assign(view, {names, history: [], steps: [], built: ""});
      view.element.style.setProperty("--tall", `${tallest(names)}px`);
    }
    view.now = flow.map(({gradient, update}) => ({gradient: received(gradient), update: received(update)}));
    const column = ratiosOf(view.now.map(({gradient}) => [powerCell(gradient)])).map(([cell]) => cell);
    view.isNew = step !== view.steps.at(-1);
    if (view.isNew) {
      view.history.push(column);
      view.steps.push(step);
    }
    drawFlow(view);
  };
  return view;
}

// As profiles.py has them: a power of ten, "zero", "not finite", or null.
function powerCell(value) {
  return value === null ? null : value === 0 ? "zero" : Number.isFinite(value) ? Math.log10(value) : "not finite";
}

function drawFlow(view) {
  const [width, height] = view.size;
  if (!width || !view.names.length) return;
  const built = JSON.stringify([width, height]);
  if (built !== view.built) {
    view.built = built;
    view.places = flowPlaces(view.names, width, height);
    view.draw = flowBars(view.bars, view.names, view.places);
    paintHistory(view);
  } else if (view.isNew) addColumn(view);
  view.isNew = false;
  sayEnds(view);
  view.draw(view.history.at(-1), view.now.map(({update}) => powerCell(update)));
}

function columnsThatFit({mapWidth}) {
  return Math.floor(mapWidth / FLOW_COLUMN);
}

// The map is always full: its columns are wide at first, and move once they are as narrow as they can be.
function addColumn(view) {
  const isFull = view.history.length > columnsThatFit(view.places);
  (isFull ? paintNewest : paintHistory)(view);
}

function paintHistory({map, ends, legend, history, steps, places, names}) {
  const count = columnsThatFit(places);
  for (const kept of [history, steps]) kept.splice(0, kept.length - count);
  map.style.left = `${places.left}px`;
  ends.style.cssText = `left:${places.left}px;top:${places.rows + 2}px;width:${count * FLOW_COLUMN}px`;
  legend.style.cssText = `left:${places.left}px;top:${places.rows + 20}px`;
  paintFlow(map, names.map((_, row) => history.map((column) => column[row])), count * FLOW_COLUMN, places.rows);
  map.stripes = null;
}

// The steps of the first and of the last column.
function sayEnds({ends, steps}) {
  const [first, last] = [steps[0], steps.at(-1)].map((step) => step.toLocaleString("en"));
  ends.firstChild.textContent = `step ${first}`;
  ends.lastChild.textContent = steps.length > 1 ? last : "";
}

// Moves the picture to the left and paints one column.
function paintNewest({map, history, steps, places}) {
  const pen = map.getContext("2d");
  map.stripes ??= Object.assign(flowStripes(pen), {moved: 0});
  map.stripes.moved = (map.stripes.moved + FLOW_COLUMN) % STRIPES;
  map.stripes.setTransform(new DOMMatrix().translate(-map.stripes.moved, 0)); // new stripes continue the old ones
  const fine = window.devicePixelRatio || 1;
  const count = columnsThatFit(places);
  history.shift();
  steps.shift();
  pen.globalCompositeOperation = "copy";
  pen.drawImage(map, -FLOW_COLUMN, 0, map.width / fine, map.height / fine);
  pen.globalCompositeOperation = "source-over";
  history.at(-1).forEach((cell, row) => {
    if (cell === null) return;
    const [top, bottom] = [row, row + 1].map((edge) => Math.round(edge * places.row * fine) / fine);
    pen.fillStyle = flowInk(cell, map.stripes);
    pen.fillRect((count - 1) * FLOW_COLUMN, top, FLOW_COLUMN, bottom - top);
  });
}

// "fc1: gradient of its output 0.0123, 0.014 times the last layer's; a step changes its weights by 0.0012 of their size"
function flowInWords({names, now, history}, row) {
  if (!(row in names) || !history.length) return null;
  const {gradient, update} = now[row];
  const changed = update === null ? "" : `; a step changes its weights by ${number(update)} of their size`;
  return `${names[row]}: gradient of its output ${number(gradient)}, ${ratioInWords(history.at(-1)[row]).replaceAll("**", "")}${changed}`;
}

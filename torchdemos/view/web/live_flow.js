// The gradient by layer over the latest frames, in the colours of flow.js, and now as bars, beside what a step changes.
import {element, number} from "./dom.js";
import {STRIPES, flowInk, flowLegend, flowStripes, layerLabel, paintFlow, ratioInWords, ratiosOf} from "./flow.js";
import {flowBars, flowPlaces, tallest} from "./live_flow_bars.js";
import {received} from "./live_wire.js";
import {onRoom} from "./tooltip.js";

const FLOW_COLUMN = 2; // pixels of a frame in the map

export function liveFlow(onPoint) {
  const view = {names: [], history: [], now: [], step: null, built: "", size: [0, 0]};
  view.map = element("canvas", {role: "img", "aria-label": "gradient by layer over the latest frames"});
  view.bars = element("div", {class: "flow-bars drawing"});
  view.legend = element("p", {class: "flow-legend"}, flowLegend([[]]).filter(Boolean));
  view.room = element("div", {class: "flow-room"}, view.map, view.legend, view.bars);
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
    if (String(names) !== String(view.names)) {
      Object.assign(view, {names, history: [], built: ""});
      view.element.style.setProperty("--tall", `${tallest(names)}px`);
    }
    view.now = flow.map(({gradient, update}) => ({gradient: received(gradient), update: received(update)}));
    const column = ratiosOf(view.now.map(({gradient}) => [powerCell(gradient)])).map(([cell]) => cell);
    if (step !== view.step || !view.history.length) view.history.push(column);
    view.isNew = step !== view.step;
    view.step = step;
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
  } else if (view.isNew) paintNewest(view);
  view.isNew = false;
  view.draw(view.history.at(-1), view.now.map(({update}) => powerCell(update)));
}

// All columns, the newest at the right edge.
function paintHistory({map, legend, history, places, names}) {
  const count = Math.floor(places.mapWidth / FLOW_COLUMN);
  history.splice(0, history.length - count);
  const columns = [...Array.from({length: count - history.length}, () => names.map(() => null)), ...history];
  map.style.left = `${places.left}px`;
  legend.style.cssText = `left:${places.left}px;top:${places.rows + 4}px;width:${places.mapWidth}px`;
  paintFlow(map, names.map((_, row) => columns.map((column) => column[row])), count * FLOW_COLUMN, places.rows);
  map.stripes = null;
}

// Moves the picture to the left and paints one column.
function paintNewest({map, history, places}) {
  const pen = map.getContext("2d");
  map.stripes ??= Object.assign(flowStripes(pen), {moved: 0});
  map.stripes.moved = (map.stripes.moved + FLOW_COLUMN) % STRIPES;
  map.stripes.setTransform(new DOMMatrix().translate(-map.stripes.moved, 0)); // new stripes continue the old ones
  const fine = window.devicePixelRatio || 1;
  const count = Math.floor(places.mapWidth / FLOW_COLUMN);
  if (history.length > count) history.shift();
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

// "fc1: gradient 0.0123, 0.014 times the last layer's; a step changes its weights by 0.0012 of their size"
function flowInWords({names, now, history}, row) {
  if (!(row in names) || !history.length) return null;
  const {gradient, update} = now[row];
  const changed = update === null ? "" : `; a step changes its weights by ${number(update)} of their size`;
  return `${names[row]}: gradient ${number(gradient)}, ${ratioInWords(history.at(-1)[row]).replaceAll("**", "")}${changed}`;
}

// One network at one step: all its layers below one another.
import {fullScale} from "./colours.js";
import {element} from "./dom.js";
import {layerRow, rowHeight} from "./layer_row.js";
import {valuesOf} from "./snapshot.js";

const CHROME = 150; // pixels above the layers: the tabs, the sentence and the controls
const ROOMY = [1.6, 1.4, 1.2, 1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4]; // times the usual height of a layer

// {scale by layer name} so that two networks side by side share their colours.
export function scalesOf(snapshots, sample) {
  const scales = {};
  for (const snapshot of snapshots) {
    for (const layer of snapshot.layers.filter((one) => one.values)) {
      scales[layer.name] = Math.max(scales[layer.name] ?? 0, fullScale(valuesOf(layer, sample)));
    }
  }
  return scales;
}

// `drawn.mark(chosen, from, window)` marks the chosen neuron and the window that it sees of layer number `from`.
// `drawn.show(values, scales)` draws other values of each layer in the same places. `tall` is the room that there is: with
// `strips`, layers that do not fit into it become strips.
export function drawNetwork(title, snapshot, {sample, width, tall = window.innerHeight - CHROME, strips = false, scales, onChoose, onPoint}) {
  const numbered = (layer, place) => place === snapshot.layers.length - 1 && layer.shape.length === 1 && layer.kept <= 20;
  const roomy = roomFor(snapshot.layers, width, tall, numbered);
  const strip = strips && !roomy;
  const labels = (layer, place) => !strip && numbered(layer, place);
  const rows = snapshot.layers.map((layer, place) => layerRow(layer, layer.values && valuesOf(layer, sample), {
    width, strip, roomy: roomy ?? 1,
    scale: scales[layer.name],
    labels: labels(layer, place),
    onChoose: (index) => onChoose(layer.name, index),
    onPoint,
  }));
  const drawn = element("div", {class: "network"}, title ? element("h3", {title}, title) : null, rows);
  drawn.mark = (chosen, from, window = null) => rows.forEach((row, place) => row.mark({
    index: snapshot.layers[place].name === chosen.layer ? chosen.index : null,
    window: place === from ? window : null,
  }));
  drawn.show = (values, scales) => rows.forEach((row, place) => values[place] && row.show(values[place], scales[place]));
  drawn.focusOn = (name) => rows.find((row) => row.canvas?.dataset.layer === name)?.canvas.focus();
  return drawn;
}

// As roomy as all layers fit into the room; undefined if they do not fit at all.
function roomFor(layers, width, tall, labels) {
  const height = (roomy) => layers.map((layer, place) => rowHeight(layer, {width, roomy, labels: labels(layer, place)}))
    .reduce((sum, row) => sum + row, 0);
  return ROOMY.find((roomy) => height(roomy) <= tall);
}

// The neuron for a first look: the largest value in the first layer whose neurons are sums.
export function strongest(snapshot, sample) {
  const place = snapshot.layers.findIndex((layer) => layer.sum && layer.values);
  const layer = snapshot.layers[place < 0 ? snapshot.layers.findIndex((one) => one.values) : place];
  if (!layer) return {layer: null, index: null};
  const values = valuesOf(layer, sample);
  const index = values.reduce((best, value, i) => (value > values[best] || Number.isNaN(values[best]) ? i : best), 0);
  return {layer: layer.name, index};
}

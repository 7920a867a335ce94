// Every neuron of the network, alive: the rows of network.js, which take new values with each frame.
import {packedFloats} from "./bytes.js";
import {fullScale} from "./colours.js";
import {element} from "./dom.js";
import {toldApart} from "./live_names.js";
import {drawNetwork} from "./network.js";
import {sizeOf} from "./snapshot.js";
import {onRoom} from "./tooltip.js";
import {shortName} from "./words.js";

const LIVE_NAMES = 116; // pixels for the names of the layers
const SCROLLBAR = 14;
const STRIP_LETTERS = 14; // of a name
const STRIP_GAP = 3; // pixels

// `network.layers` is what the scene lists from the first shown layer on; `onChoose({layer, index})`.
export function liveNetwork({onChoose, onPoint}) {
  const chosen = {layer: null, index: null};
  const network = {layers: [], size: [0, 0], values: [], built: "", drawn: null, chosen, onChoose, onPoint};
  network.room = element("div", {class: "live-layers"});
  network.leftOut = element("p", {class: "left-out"});
  network.element = element("section", {class: "live-network"}, network.room, network.leftOut);
  onRoom(network.room, (...size) => {
    network.size = size;
    if (network.values.length) showNeurons(network);
  });
  network.seen = new IntersectionObserver((changed) => {
    for (const {target, isIntersecting} of changed) target.isSeen = isIntersecting;
    if (network.drawn) showNeurons(network);
  }, {root: network.room});
  network.offer = (layers, leftOut) => {
    Object.assign(network, {layers, values: [], built: ""});
    network.room.replaceChildren();
    network.leftOut.textContent = leftOut;
  };
  network.show = (neurons) => {
    network.values = network.layers.map((layer, i) => neuronsOf(layer, neurons[i]) ?? network.values[i] ?? null);
    showNeurons(network);
  };
  network.mark = (chosen, from = null, window = null) => {
    Object.assign(network, {chosen, from, window});
    markNeuron(network);
  };
  return network;
}

export function neuronsOf({kept, shape}, packed) {
  return packed ? packedFloats(packed, sizeOf([kept, ...shape.slice(1)])) : null;
}

function showNeurons(network) {
  const {room, layers, values, size: [width, tall]} = network;
  if (!width || !layers.length) return;
  const built = JSON.stringify([width, tall, values.map(Boolean)]);
  if (built === network.built) return showSeen(network);
  const scales = values.map((one) => (one ? fullScale(one) : 0));
  const shown = layers.map((layer, i) => ({...layer, values: values[i], problem: "it was not called", sum: null}));
  network.built = built;
  network.drawn = drawNetwork("", {samples: [""], layers: shown}, {
    sample: 0, tall, strips: true, width: width - LIVE_NAMES - SCROLLBAR, onPoint: network.onPoint,
    scales: Object.fromEntries(layers.map(({name}, i) => [name, scales[i]])),
    onChoose: (name, index) => network.onChoose({layer: name, index, thinned: thinnedOf(layers, name)}),
  });
  nameStrips(network.drawn.children, layers);
  room.replaceChildren(network.drawn);
  coverHalfRow(network.drawn, tall);
  network.seen.disconnect();
  for (const row of network.drawn.children) network.seen.observe(row);
  markNeuron(network);
}

function nameStrips(rows, layers) {
  toldApart(layers.map(shortName), STRIP_LETTERS).forEach((name, i) => {
    if (rows[i].classList.contains("strip")) rows[i].querySelector("b").textContent = name;
  });
}

// The last row is always in sight, and hides as well what would be half hidden behind it.
function coverHalfRow({children}, tall) {
  const [rows, last] = [[...children], [...children].at(-1)];
  const edge = tall - last.offsetHeight;
  const half = rows.find((row) => row !== last && row.offsetTop < edge && row.offsetTop + row.offsetHeight > edge);
  if (half && last.classList.contains("strip")) last.style.paddingTop = `${edge - half.offsetTop + STRIP_GAP}px`;
}

// Of a large picture only every second row and column is shown, or fewer.
function thinnedOf(layers, name) {
  const {every = 1, shape} = layers.find((layer) => layer.name === name);
  return every > 1 ? {every, shape} : null;
}

function markNeuron({drawn, layers, chosen, from, window}) {
  drawn?.mark(chosen, layers.findIndex(({name}) => name === from), window);
}

// Rows that are scrolled out of sight keep what they show until they are seen.
function showSeen({drawn, values}) {
  const seen = values.map((one, i) => (drawn.children[i]?.isSeen ? one : null));
  drawn.show(seen, seen.map((one) => (one ? fullScale(one) : 0)));
}

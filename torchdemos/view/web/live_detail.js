// How one neuron's value is made, at the moment at which it was chosen.
import {detailOf} from "./detail.js";
import {button, element} from "./dom.js";
import {askSnapshot} from "./live_wire.js";
import {sameShape} from "./made_of.js";
import {scalesOf} from "./network.js";
import {isLength} from "./snapshot.js";

const WAITING_AFTER = 300; // milliseconds: most steps come sooner

// `onMark(chosen, from, window)` frames the neuron and the window that it sees of the layer named `from`.
// `detail.open(chosen)` asks for the next step; `detail.close()`.
export function liveDetail({onMark, onPoint}) {
  const made = {asked: 0, element: element("aside", {class: "live-detail", hidden: "", "aria-live": "polite"})};
  made.close = () => {
    made.asked++;
    made.element.hidden = true;
    onMark({layer: null, index: null});
  };
  const tools = (...more) => element("div", {class: "detail-tools"}, ...more, button("✕", "close (Escape)", made.close));
  const show = (...parts) => {
    made.element.hidden = false;
    made.element.replaceChildren(...parts);
  };
  made.open = async (chosen) => {
    const ticket = ++made.asked;
    onMark(chosen);
    setTimeout(() => ticket === made.asked && made.element.hidden && show(tools(), waiting()), WAITING_AFTER);
    const content = await explained(chosen, onPoint).catch(problemOf);
    if (ticket !== made.asked) return; // overtaken
    show(tools(button("again, now", "the same neuron at the next step", () => made.open(chosen))), content.element);
    onMark(chosen, content.from, content.window);
  };
  addEventListener("keydown", (event) => event.key === "Escape" && !made.element.hidden && made.close());
  return made;
}

function waiting() {
  return element("p", {class: "detail"}, "The next step shows how this neuron’s value is made.");
}

function problemOf(error) {
  return {element: element("p", {class: "detail problem"}, error.message)};
}

// What an activation makes is told with the sum that it is made of.
async function explained(chosen, onPoint) {
  const {step, snapshot} = await askSnapshot();
  const scene = {sample: 0, scales: scalesOf([snapshot], 0), onPoint};
  const layer = snapshot.layers.find(({name}) => name === chosen.layer);
  const before = layer && !layer.sum && isLength(layer.from) ? snapshot.layers[layer.from] : null;
  const told = before?.sum && sameShape(before, layer) ? before.name : chosen.layer;
  const neuron = {layer: told, index: wholeIndex(chosen, layer)};
  const made = await detailOf(`at step ${step.toLocaleString("en")}`, snapshot, neuron, scene);
  return {...made, from: snapshot.layers[made.from]?.name, window: chosen.thinned ? null : made.window};
}

// Where a neuron stands in the whole picture that the page shows with fewer rows and columns.
function wholeIndex({index, thinned}, layer) {
  if (!thinned || !layer) return index;
  const [[, rows, columns], [, high, wide], every] = [thinned.shape, layer.shape, thinned.every];
  const [map, row, column] = [Math.floor(index / (rows * columns)), Math.floor(index / columns) % rows, index % columns];
  return (map * high + row * every) * wide + column * every;
}

// How weights start: five neurons of an equal start and of a random one as pictures of their weights, row by row of
// training, and what each start does to the signal.
import {heading} from "./cards.js";
import {signed} from "./colours.js";
import {button, element} from "./dom.js";
import {emphasized} from "./draw.js";
import {signedLegend} from "./legend.js";
import {playOnce} from "./motion.js";
import {signalByDepth} from "./signal.js";

const WEIGHTS_SIDE = 28; // each neuron of the first layer looks at 28 x 28 pixels
const FULL_WEIGHT = 127;
const ROW_SECONDS = 1;

// {columns: [{title, condition, lesson, neurons, rows: [{step, right, distinct, scale, weights}]}], signal, about}
export function starts({columns, signal, about}) {
  const steps = columns[0].rows.map(({step}) => step);
  const starting = columns.map(startColumn);
  const bar = element("input", {type: "range", min: 0, max: steps.length - 1, "aria-label": "training step"});
  const said = element("output", {});
  const show = (row) => {
    bar.value = row;
    said.textContent = `step ${steps[row]}`;
    bar.setAttribute("aria-valuetext", said.textContent);
    starting.forEach((column) => column.show(row));
  };
  const play = () => playOnce(steps.length * ROW_SECONDS, (part) => show(Math.min(Math.floor(part * steps.length), steps.length - 1)));
  show(steps.length - 1);
  let finish = play();
  const interrupt = (act) => () => {
    const row = Number(bar.value);
    finish();
    act(row);
  };
  bar.addEventListener("input", interrupt(show));
  bar.addEventListener("pointerdown", interrupt(show)); // also where the slider stands already
  bar.addEventListener("keydown", (event) => event.key === "Tab" || interrupt(show)());
  const again = button("▶ training", "play the training again", interrupt(() => { finish = play(); }));
  return element("div", {class: "starts"}, element("div", {class: "row controls-of-starts"}, again, bar, said),
    starting.map(({made}) => made), signalSection(signal),
    element("p", {class: "note"}, `${about} `, signedLegend()));
}

function signalSection(signal) {
  return element("section", {class: "signal"}, heading("Signal by depth", "before training"), signalByDepth(signal),
    element("p", {class: "note"}, "Standard deviation of each layer's values; ×: what one layer makes of it. " +
      "Zeros have no signal, constant weights the same in every neuron."));
}

function startColumn({title, condition, lesson, neurons, rows}) {
  const pictures = rows.map(startRow);
  const told = element("p", {class: "lesson"});
  const show = (row) => {
    const {step, right, distinct} = rows[row];
    pictures.forEach((picture, i) => picture.classList.toggle("later", i > row));
    told.replaceChildren(...emphasized(`**${lesson}** After ${step} steps: **${right}** right, ${distinct} different neuron${distinct === 1 ? "" : "s"} among ${neurons}.`));
  };
  return {made: element("section", {class: "start"}, heading(title, condition), pictures, told), show};
}

function startRow({step, right, scale, weights}) {
  const values = Int8Array.from(atob(weights), (sign) => sign.charCodeAt(0));
  const size = WEIGHTS_SIDE ** 2;
  const tiles = Array.from({length: values.length / size}, (_, i) => {
    const label = `neuron ${i + 1} at step ${step}: weights up to ±${scale}`;
    return weightsPicture(values.subarray(i * size, (i + 1) * size), label);
  });
  return element("div", {class: "weights"}, element("span", {}, element("b", {}, step ? step : "step 0"), right), tiles);
}

function weightsPicture(values, label) {
  const canvas = element("canvas", {width: WEIGHTS_SIDE, height: WEIGHTS_SIDE, role: "img", "aria-label": label, title: label});
  const image = new ImageData(WEIGHTS_SIDE, WEIGHTS_SIDE);
  values.forEach((value, i) => image.data.set([...signed(value, FULL_WEIGHT), 255], 4 * i));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

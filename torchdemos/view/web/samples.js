// Chooses one of the inputs that the model was shown: by a thumbnail if they are pictures, else by name.
import {drawCells, fitted} from "./cells.js";
import {fullScale} from "./colours.js";
import {button, element, select} from "./dom.js";
import {valuesOf} from "./snapshot.js";
import {mapsOf} from "./sums.js";

const MOST_THUMBNAILS = 16; // pictures in a row
const THUMBNAIL = 34; // pixels of each

export function samplePicker(onChoose) {
  let chosen = 0;
  const made = element("div", {class: "samples"});
  const choose = (i) => {
    chosen = i;
    mark();
    onChoose();
  };
  const mark = () => {
    made.querySelectorAll("button").forEach((one, i) => one.setAttribute("aria-pressed", i === chosen));
  };
  made.value = () => chosen;
  made.offer = (snapshot) => {
    chosen = Math.min(chosen, snapshot.samples.length - 1);
    const kind = snapshot.samples.every((name) => /^\d$/.test(name)) ? "digit" : "sample";
    const pictured = isPicture(snapshot.layers[0]) && snapshot.samples.length <= MOST_THUMBNAILS;
    if (pictured) made.replaceChildren(...thumbnails(snapshot, kind, choose));
    else made.replaceChildren(sampleNames(snapshot, kind, choose, chosen));
    made.hidden = snapshot.samples.length < 2;
    mark();
  };
  return made;
}

function isPicture(layer) {
  return Boolean(layer?.values) && layer.shape.length === 3 && layer.shape[0] <= 3 && layer.kept === layer.shape[0];
}

function thumbnails(snapshot, kind, choose) {
  const shape = mapsOf(snapshot.layers[0].shape);
  const pictures = snapshot.samples.map((name, i) => {
    const made = button(element("canvas", {}), `${kind} ${name}`, () => choose(i));
    const values = valuesOf(snapshot.layers[0], i);
    drawCells(made.firstChild, fitted(shape, THUMBNAIL, THUMBNAIL, THUMBNAIL), values, fullScale(values));
    return made;
  });
  return [element("span", {}, kind), ...pictures];
}

function sampleNames(snapshot, kind, choose, chosen) {
  const box = select(kind, snapshot.samples.map((name, i) => [i, name]), (i) => choose(Number(i)));
  box.choose(String(chosen));
  return box;
}

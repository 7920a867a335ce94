// What is a neuron? A digit, the neurons that see it and the answer; the neuron that is chosen taken apart; and a pen.
import {bytesOf} from "./bytes.js";
import {drawCells, fitted} from "./cells.js";
import {button, element} from "./dom.js";
import {brief, drawing} from "./draw.js";
import {SIDE, drawingSurface, likeMnist, pixelPlace} from "./draw_digit.js";
import {digitStage, inkColour, percent, placesOn} from "./digit_stage.js";
import {forward, probabilities, unpackLayers} from "./forward.js";
import {playOnce, still} from "./motion.js";
import {takenApart} from "./taken_apart.js";

const FORWARD_SECONDS = 2.8; // of the way forward
const FORWARD_PAUSE = 600; // milliseconds in which the whole picture stands before it plays
const STEPS_ASIDE = {ArrowLeft: -1, ArrowRight: 1};

// {digit, chosen, digits: base64, networks: [{name, layers}]}: the first network is drawn, and all of them answer.
export function digitHero({digit, chosen, digits, networks}) {
  const hero = {digit, chosen, progress: 1, stop: () => {}, examples: picturesIn(digits)};
  hero.networks = networks.map(({name, layers}) => ({name, layers: unpackLayers(layers)}));
  hero.surface = drawingSurface(() => drawAll(hero));
  hero.grid = neuronGrid(hero);
  hero.stage = drawing((width) => drawnStage(hero, width));
  hero.apart = drawing((width) => takenApart(hero.scene, width));
  hero.buttons = hero.examples.map((pixels, i) => exampleButton(pixels, i, () => showExample(hero, i)));
  hero.own = button("", "draw a digit of your own", () => beginOwn(hero));
  const again = button("▶ forward", "send the values forward", () => playForward(hero));
  const head = element("div", {class: "head"},
    element("div", {class: "row digits", role: "group", "aria-label": "digit"}, hero.buttons),
    element("div", {class: "row"}, hero.own, again));
  const picture = element("div", {class: "stage-of-digit"}, hero.stage, hero.surface, hero.grid);
  drawAll(hero);
  if (!still()) setTimeout(() => playForward(hero), FORWARD_PAUSE);
  return element("div", {class: "digit-hero"}, element("div", {}, head, picture), hero.apart);
}

function picturesIn(packed) {
  const ink = Float32Array.from(bytesOf(packed), (byte) => byte / 255);
  const size = SIDE ** 2;
  return Array.from({length: ink.length / size}, (_, i) => ink.subarray(i * size, (i + 1) * size));
}

// All that is shown of this digit: every value of the network, and of the chosen neuron what makes it.
function sceneOf({surface, examples, digit, networks: [shown, ...others], chosen}) {
  const drawn = surface.own ? likeMnist(surface.strokes) : {pixels: examples[digit], placeOf: pixelPlace};
  const input = {shape: [1, SIDE, SIDE], values: drawn.pixels};
  const made = forward(shown.layers, input);
  const [source, sums, hidden, {values: outputs}] = made.slice(-4); // of a dense layer, its activation, and the outputs
  const [weighing, activation, last] = shown.layers.slice(-3);
  const count = source.values.length;
  const weights = weighing.weights.subarray(chosen * count, (chosen + 1) * count);
  const products = Float64Array.from(weights, (weight, i) => weight * source.values[i]);
  const told = (i) => last.weights[i * hidden.values.length + chosen] * hidden.values[chosen];
  const {own, strokes, pen} = surface;
  return {...drawn, own, strokes, pen, chosen, source, weights, products, votes: Array.from(outputs, (_, i) => told(i)),
    hidden: hidden.values, sum: sums.values[chosen], bias: weighing.bias[chosen], value: hidden.values[chosen],
    activation: activation.kind, ...answerOf(outputs),
    others: others.map(({name, layers}) => answerOf(forward(layers, input).at(-1).values, `the ${name}`).also)};
}

function answerOf(outputs, name = "") {
  const shares = probabilities(outputs);
  const says = shares.reduce((best, share, i) => (share > shares[best] ? i : best), 0);
  const said = Number.isFinite(shares[says]) ? `says ${says} (${percent(shares[says])})` : "says nothing: not a number";
  return {shares, says, said: `It ${said}`, also: `${name} ${said}`};
}

// Draws all anew for another digit, another stroke or another neuron.
function drawAll(hero) {
  hero.stop();
  hero.scene = sceneOf(hero);
  hero.buttons.forEach((one, i) => one.setAttribute("aria-pressed", !hero.surface.own && i === hero.digit));
  hero.own.textContent = hero.surface.own ? "✎ clear" : "✎ draw your own";
  hero.own.setAttribute("aria-pressed", hero.surface.own);
  hero.surface.classList.toggle("own", hero.surface.own);
  hero.stage.redraw();
  hero.apart.redraw();
}

function drawnStage(hero, width) {
  const {digit, neurons} = placesOn(width, hero.scene);
  const rows = Math.ceil(hero.scene.hidden.length / neurons.columns);
  putOver(hero.surface, digit.x, digit.y, digit.side, digit.side);
  putOver(hero.grid, neurons.x, neurons.y, neurons.columns * neurons.cell, rows * neurons.cell);
  Object.assign(hero, {columns: neurons.columns, cell: neurons.cell});
  hero.grid.setAttribute("aria-valuemax", hero.scene.hidden.length - 1);
  hero.grid.setAttribute("aria-valuenow", hero.chosen);
  hero.grid.setAttribute("aria-valuetext", `neuron ${hero.chosen} holds ${brief(hero.scene.value)}`);
  hero.stage.dataset.progress = hero.progress;
  return digitStage({...hero.scene, progress: hero.progress}, width);
}

function putOver(overlay, x, y, width, height) {
  overlay.style.cssText = `left:${x}px;top:${y}px;width:${width}px;height:${height}px`;
}

function playForward(hero) {
  hero.stop();
  hero.stop = playOnce(FORWARD_SECONDS, (part) => {
    hero.progress = part;
    hero.stage.redraw();
  });
}

function showExample(hero, digit) {
  hero.surface.own = false;
  hero.surface.clear();
  hero.digit = digit;
  drawAll(hero);
  playForward(hero);
}

function beginOwn(hero) {
  hero.surface.own = true;
  hero.surface.clear();
  drawAll(hero);
  hero.surface.focus();
}

// A transparent box over the neurons, by which one of them is chosen.
function neuronGrid(hero) {
  const grid = element("div", {class: "neuron-grid", tabindex: 0, role: "slider", "aria-label": "the chosen neuron",
    "aria-valuemin": 0});
  const choose = (neuron) => {
    if (neuron === hero.chosen || neuron < 0 || neuron >= hero.scene.hidden.length) return;
    hero.chosen = neuron;
    drawAll(hero);
  };
  const under = (event) => {
    const box = grid.getBoundingClientRect();
    const column = Math.min(Math.floor((event.clientX - box.left) / hero.cell), hero.columns - 1);
    return Math.floor((event.clientY - box.top) / hero.cell) * hero.columns + column;
  };
  grid.addEventListener("pointerdown", (event) => choose(under(event)));
  grid.addEventListener("pointermove", (event) => event.buttons && choose(under(event)));
  grid.addEventListener("keydown", (event) => {
    const aside = STEPS_ASIDE[event.key] ?? {ArrowUp: -hero.columns, ArrowDown: hero.columns}[event.key];
    if (aside === undefined) return;
    event.preventDefault();
    choose(hero.chosen + aside);
  });
  return grid;
}

function exampleButton(pixels, digit, onClick) {
  const made = button(element("canvas", {}), `a ${digit} of the test set`, onClick);
  drawCells(made.firstChild, fitted([1, SIDE, SIDE], 26, 26, 26), pixels, 1, inkColour);
  return made;
}

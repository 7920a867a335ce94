// The digit that the network sees: one of the test set by its number, or one that is drawn over it by hand.
import {cellsOn, fitted} from "./cells.js";
import {inkColour, penOf, strokesOn} from "./digit_stage.js";
import {button, element} from "./dom.js";
import {SIDE, drawingSurface, likeMnist} from "./draw_digit.js";
import {shape} from "./shape.js";

const NO_INK = "nothing drawn yet";
const TRUST_DIGIT = 1000; // milliseconds in which a frame may still show the digit before a change
const PAPER = window.innerHeight > 800 ? 216 : 136; // pixels

// `change(value)` promises null or why not. `digit.show(values, {words, test})` shows what the network sees.
export function liveDigit(change) {
  const digit = {change, seen: 0, test: 0, until: 0, asked: false};
  digit.picture = element("canvas", {role: "img", "aria-label": "the digit as the network sees it"});
  const grid = fitted([1, SIDE, SIDE], PAPER, PAPER, PAPER);
  digit.paint = cellsOn(digit.picture, grid, (value, [low, high]) => inkColour((value - low) / (high - low || 1)));
  digit.strokes = shape("svg", {viewBox: `0 0 ${PAPER} ${PAPER}`});
  digit.surface = drawingSurface(() => drawStrokes(digit));
  digit.surface.addEventListener("pointerup", () => digit.surface.blur()); // its keys are for those who draw with them
  digit.words = element("small");
  digit.box = element("input", {type: "number", min: 0, value: 0, "aria-label": "number of a digit of the test set",
    onchange: () => askTest(digit, digit.box.value === "" ? "" : Number(digit.box.value))});
  digit.own = button("✎ draw", "draw a digit of your own", (event) => beginDrawing(digit, !event.detail));
  digit.refused = element("p", {class: "refused", role: "alert"});
  digit.element = digitPlaces(digit);
  digit.show = (values, about) => {
    paintDigit(digit, values);
    sayDigit(digit, about ?? {});
  };
  return digit;
}

function digitPlaces(digit) {
  const paper = element("div", {class: "paper drawing", style: `width:${PAPER}px;height:${PAPER}px`},
    digit.picture, digit.strokes, digit.surface);
  const next = button("▸", "the next digit of the test set", () => askTest(digit, digit.test + 1));
  return element("section", {class: "live-digit"}, element("h2", {}, "The digit"), paper, digit.words,
    element("div", {class: "digit-controls"}, digit.box, next, digit.own), digit.refused);
}

// The least value is paper and the largest ink, however the network is given them.
function paintDigit({paint}, values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  paint(values, [low, high]);
}

// Empty paper is not what the network sees. The box follows what it sees, but not while somebody types.
function sayDigit(digit, {words = "", test = null}) {
  const {surface, words: said, box} = digit;
  const text = surface.own && !surface.strokes.length ? NO_INK : words;
  if (said.textContent !== text) said.textContent = text;
  digit.seen = test ?? digit.seen;
  if (digit.seen === digit.test) digit.until = 0;
  if (performance.now() >= digit.until && document.activeElement !== box) showNumber(digit, digit.seen);
}

function showNumber(digit, test) {
  if (digit.test === test) return;
  digit.test = test;
  digit.box.value = test;
}

async function tellDigit(digit, value) {
  const refused = await digit.change(value);
  digit.refused.textContent = refused ?? "";
  return !refused;
}

async function askTest(digit, test) {
  showNumber(digit, test);
  digit.surface.own = false;
  digit.surface.clear();
  showStrokes(digit);
  digit.until = Infinity;
  if (await tellDigit(digit, {test})) digit.until = performance.now() + TRUST_DIGIT;
  else if (digit.test === test) {
    digit.until = 0;
    showNumber(digit, digit.seen);
  }
}

function beginDrawing(digit, byKeys) {
  digit.surface.own = true;
  digit.surface.clear();
  showStrokes(digit);
  digit.words.textContent = NO_INK;
  if (byKeys) digit.surface.focus();
}

// At most once between two pictures on the screen.
function drawStrokes(digit) {
  if (digit.asked) return;
  digit.asked = true;
  requestAnimationFrame(() => {
    digit.asked = false;
    showStrokes(digit);
    const pixels = Array.from(likeMnist(digit.surface.strokes).pixels, (ink) => Math.round(ink * 1000) / 1000);
    if (digit.surface.strokes.length) tellDigit(digit, {drawn: pixels});
  });
}

function showStrokes({surface, strokes, own, picture}) {
  const place = {x: 0, y: 0, side: PAPER};
  strokes.replaceChildren(...(surface.own ? [shape("rect", {class: "sheet", x: 0, y: 0, width: PAPER, height: PAPER}),
    ...strokesOn(surface, place), penOf(surface, place)].filter(Boolean) : []));
  surface.classList.toggle("own", surface.own);
  picture.classList.toggle("covered", surface.own);
  own.textContent = surface.own ? "✎ clear" : "✎ draw";
  own.setAttribute("aria-pressed", surface.own);
}

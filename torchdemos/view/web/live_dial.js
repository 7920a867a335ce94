// The dial of a learning rate: a knob on a logarithmic ruler, the mark that theory drew, and a box for exact numbers.
import {button, element} from "./dom.js";
import {brief, drawing} from "./draw.js";
import {KNOB_EDGE, liveRuler, logScale, wordSide} from "./live_ruler.js";

const BESIDE_MARK = [0.995, 1.005]; // of the mark
const KEY_FACTORS = {ArrowRight: 1.01, ArrowUp: 1.01, ArrowLeft: 1 / 1.01, ArrowDown: 1 / 1.01, PageUp: 1.25, PageDown: 0.8};
const BOX_LETTERS = 8;
const SHIFTED = 0.1; // of the usual way of a key, with Shift
const TRUST = 1000; // milliseconds in which a frame may still show the value before a change

// `change(value)` promises null or why not. `dial.show(rate, mark)` follows the training: mark is {rate, exact, words}.
export function liveDial(control, change) {
  const dial = {...control, scale: logScale(control.low, control.high), rate: NaN, mark: null, asked: null,
    until: 0, told: change};
  dial.box = element("input", {type: "text", inputmode: "decimal", spellcheck: "false", autocomplete: "off",
    "aria-label": control.label, title: control.help ?? ""});
  dial.knob = element("i", {class: "knob"});
  dial.ruler = drawing((width) => liveRuler(dial, width), {class: "drawing ruler"});
  dial.ratio = element("small", {class: "ratio"});
  dial.refused = element("p", {class: "refused", role: "alert"});
  dial.track = element("div", {class: "track-box", tabindex: 0, role: "slider", "aria-label": control.label,
    "aria-valuemin": control.low, "aria-valuemax": control.high}, dial.ruler, dial.knob);
  dial.beside = BESIDE_MARK.map((part) => button(`${part} ×`, `${part} times the mark`, () => askRate(dial, dial.mark.rate * part)));
  dial.marked = element("div", {class: "marked", hidden: ""}, dial.beside[0], element("span"), dial.beside[1]);
  dial.element = element("section", {class: "dial"},
    element("label", {class: "dial-number"}, element("span", {}, control.label), dial.box, dial.ratio),
    element("div", {class: "dial-track"}, dial.marked, dial.track, dial.refused));
  listenToDial(dial);
  new ResizeObserver(() => placeMark(dial)).observe(dial.track);
  dial.show = (rate, mark) => {
    if (JSON.stringify(mark) !== JSON.stringify(dial.mark)) showMark(dial, mark);
    if (rate === dial.asked) dial.until = 0;
    if (rate !== null && performance.now() >= dial.until) showRate(dial, rate);
  };
  showRate(dial, control.value);
  return dial;
}

function showRate(dial, rate) {
  const ratio = dial.mark ? rate / dial.mark.rate : null;
  const said = ratio === null ? "" : `${brief(ratio, 4)} × the mark`;
  if (rate === dial.rate && said === dial.ratio.textContent) return;
  dial.rate = rate;
  dial.knob.style.left = `calc(${KNOB_EDGE}px + ${dial.scale.place(rate)} * (100% - ${2 * KNOB_EDGE}px))`;
  keepWordFree(dial);
  if (document.activeElement !== dial.box) dial.box.value = rateText(rate);
  dial.ratio.textContent = said;
  dial.element.classList.toggle("beyond", ratio > 1);
  dial.track.setAttribute("aria-valuenow", rate);
  dial.track.setAttribute("aria-valuetext", said ? `${rateText(rate)}, ${said}` : rateText(rate));
}

// The word of the zone makes way for the knob.
function keepWordFree(dial) {
  const side = wordSide(dial, dial.track.clientWidth);
  if (side !== dial.side) dial.ruler.redraw();
  dial.side = side;
}

// Four digits that fit into the box: 0.05124, 1.563e-5.
function rateText(rate) {
  const plain = String(Number(rate.toPrecision(4)));
  return plain.length <= BOX_LETTERS ? plain : rate.toExponential(3).replace(/\.?0*e\+?/, "e");
}

function showMark(dial, mark) {
  dial.mark = mark;
  dial.marked.hidden = !mark;
  const words = mark ? markInWords(mark) : "";
  [dial.marked.children[1].textContent, dial.marked.title] = [words.split(";")[0], words];
  dial.marked.classList.toggle("exact", Boolean(mark?.exact));
  dial.ruler.redraw();
  placeMark(dial);
  showRate(dial, dial.rate);
}

// "2/λ = 0.0511, from the pixels"
function markInWords({rate, words}) {
  const [name, ...more] = words.replace("lambda", "λ").split(", ");
  return [`${name} = ${brief(rate, 4)}`, ...more].join(", ");
}

// Over the mark, as far as there is room.
function placeMark({marked, mark, scale, track}) {
  if (!mark) return;
  const whole = track.clientWidth;
  const middle = KNOB_EDGE + scale.place(mark.rate) * (whole - 2 * KNOB_EDGE);
  const left = Math.max(0, Math.min(middle - marked.offsetWidth / 2, whole - marked.offsetWidth));
  marked.style.transform = `translateX(${left}px)`;
}

// Acts at once; until the training shows it, the dial shows what was asked for.
async function askRate(dial, value) {
  dial.asked = value;
  dial.until = Infinity;
  if (typeof value === "number") showRate(dial, value);
  dial.element.classList.add("used");
  const refused = await dial.told(value);
  if (dial.asked !== value) return; // a newer value is on its way
  dial.refused.textContent = refused ?? "";
  dial.until = refused ? 0 : performance.now() + TRUST;
}

function listenToDial(dial) {
  const {track, box, low, high} = dial;
  const under = ({clientX}) => {
    const {left, width} = track.getBoundingClientRect();
    return dial.scale.value((clientX - left - KNOB_EDGE) / (width - 2 * KNOB_EDGE));
  };
  track.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    track.setPointerCapture(event.pointerId);
    track.focus({focusVisible: false});
    askRate(dial, under(event));
  });
  track.addEventListener("pointermove", (event) => track.hasPointerCapture(event.pointerId) && askRate(dial, under(event)));
  track.addEventListener("keydown", (event) => {
    const factor = (KEY_FACTORS[event.key] ?? NaN) ** (event.shiftKey ? SHIFTED : 1);
    const value = {Home: low, End: high}[event.key] ?? Math.min(Math.max(dial.rate * factor, low), high);
    if (!(value > 0)) return;
    event.preventDefault();
    askRate(dial, value);
  });
  box.addEventListener("change", () => askRate(dial, typed(box.value)));
  box.addEventListener("blur", () => { box.value = rateText(dial.rate); });
  box.addEventListener("keydown", (event) => event.key === "Enter" && box.select());
}

// What is no number goes as it is: the refusal names it.
function typed(text) {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() && Number.isFinite(value) ? value : text;
}

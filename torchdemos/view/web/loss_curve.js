// What is loss? Its curve over p, and a digit's ten probabilities on the same axis, which become one number.
import {bars, heading} from "./cards.js";
import {button, element} from "./dom.js";
import {drawing} from "./draw.js";
import {lossPicture, pAt} from "./loss_picture.js";
import {crossEntropyOf, logitsAt, logSumExp, lossText, probabilityOf, pText, squaredErrorOf} from "./loss_values.js";
import {playOnce} from "./motion.js";

const P_LEAST = 0.01; // the picture ends at its loss
const P_MOST = 0.999;
const SURELY_WRONG = 0.02;
const P_CHOICES = [["recorded", null], ["sure", 0.98], ["guessing", 0.1], ["surely wrong", SURELY_WRONG]];
const P_KEYS = {
  ArrowRight: 0.01, ArrowUp: 0.01, ArrowLeft: -0.01, ArrowDown: -0.01, PageUp: 0.1, PageDown: -0.1, Home: -1, End: 1,
};
const TOUR_SECONDS = 4.5;

// hero: {digit: {label, pixels, logits}, measured: [cross entropy, NLL of log-softmax], when}.
export function lossCurve(hero) {
  const view = {hero, logits: hero.digit.logits, stop: () => {}};
  const {label} = hero.digit;
  const slider = {role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": 1,
    "aria-label": `probability of the right digit, ${label}`, ...dragging(view)};
  view.picture = drawing((width) => lossPicture(view, width), {class: "drawing loss-picture", ...slider});
  view.pulls = drawing((width) => bars(pullsOf(view), width, "how hard each loss pulls"));
  view.cost = element("p", {class: "loss-cost"});
  view.spellings = element("div", {class: "loss-spellings"});
  view.choices = P_CHOICES.map(([name, p]) => button(name, name, () => slideTo(view, p)));
  const buttons = element("div", {class: "row"}, button("▶", "play again", () => playLoss(view)), view.choices);
  const head = (...inside) => element("div", {class: "head"}, ...inside);
  playLoss(view);
  return element("div", {class: "loss-hero"},
    element("div", {}, head(heading("From ten probabilities to one number"), buttons), view.picture),
    element("div", {}, head(heading(`A handwritten ${label}`, hero.when)), view.cost, view.spellings,
      heading("How hard it pulls", `slope of the loss by the output z[${label}]`), view.pulls,
      element("p", {class: "note"}, "Drag p towards 0: where the answer is most wrong, squared error lets go.")));
}

// Shows the digit as if the right class had probability p; null is what was recorded.
function showLoss(view, p) {
  const {digit} = view.hero;
  view.logits = p === null ? digit.logits : logitsAt(digit, p);
  const now = probabilityOf(view.logits, digit.label);
  const [said, cost] = [pText(now), lossText(crossEntropyOf(now))];
  view.cost.replaceChildren(p === null ? "The network gives the right answer " : "If it gave the right answer ",
    element("b", {}, `p = ${said}`), p === null ? "." : ":",
    element("b", {class: "big"}, `−ln ${said} = ${cost}`),
    element("small", {}, `(1 − ${said})² = ${lossText(squaredErrorOf(now))}. Guessing: −ln 0.1 = 2.303. `,
      "The nine others share 1 − p."));
  view.spellings.replaceChildren(...spellings(view, now));
  view.picture.setAttribute("aria-valuenow", said);
  view.picture.setAttribute("aria-valuetext", `p = ${said}, cross entropy ${cost}`);
  view.choices.forEach((choice, i) => choice.setAttribute("aria-pressed", P_CHOICES[i][1] === p));
  view.picture.redraw();
  view.pulls.redraw();
}

// One loss in two spellings: by p, and by the ten outputs. Of the recorded digit both are PyTorch's own.
function spellings({hero, logits}, p) {
  const {label} = hero.digit;
  const computed = [crossEntropyOf(p), logSumExp(logits) - logits[label]];
  const [one, two] = logits === hero.digit.logits ? hero.measured : computed;
  return [element("b", {}, "Cross entropy = NLL of log-softmax"),
    element("code", {}, `cross_entropy(z, ${label})`), element("output", {}, lossText(one, 4)),
    element("code", {}, `nll_loss(log_softmax(z), ${label})`), element("output", {}, lossText(two, 4))];
}

function pullsOf({hero, logits}) {
  const p = probabilityOf(logits, hero.digit.label);
  const pulls = [["cross entropy", 1 - p, "var(--red)"], ["squared error", 2 * p * (1 - p) ** 2, "var(--blue)"]];
  return {most: 1, bars: pulls.map(([name, value, colour]) => ({name, value, colour, text: lossText(value)}))};
}

function dragging(view) {
  const choose = (p) => {
    view.stop();
    showLoss(view, Math.round(Math.min(Math.max(p, P_LEAST), P_MOST) * 1000) / 1000);
  };
  const follow = ({clientX}) => {
    const {left, width} = view.picture.getBoundingClientRect();
    choose(pAt(clientX - left, width));
  };
  return {
    onpointerdown: (event) => {
      view.picture.setPointerCapture(event.pointerId);
      if (event.pointerType !== "touch") follow(event); // a finger may be about to scroll the page
    },
    onpointermove: (event) => event.buttons && follow(event),
    onclick: follow,
    onkeydown: (event) => {
      if (!(event.key in P_KEYS)) return;
      event.preventDefault();
      choose(probabilityOf(view.logits, view.hero.digit.label) + P_KEYS[event.key]);
    },
  };
}

// Slides to a probability in half a second.
function slideTo(view, p) {
  view.stop();
  const {digit} = view.hero;
  const from = probabilityOf(view.logits, digit.label);
  const to = p ?? probabilityOf(digit.logits, digit.label);
  view.stop = playOnce(0.5, (part) => showLoss(view, part === 1 ? p : from + (to - from) * eased(part)));
}

// From the recorded answer to a sure mistake, and back.
function playLoss(view) {
  view.stop();
  showLoss(view, null);
  const recorded = probabilityOf(view.logits, view.hero.digit.label);
  const away = (part) => eased(Math.max(0, Math.min((part - 0.1) / 0.35, (1 - part) / 0.35, 1)));
  const at = (part) => recorded + (SURELY_WRONG - recorded) * away(part);
  view.stop = playOnce(TOUR_SECONDS, (part) => showLoss(view, part === 1 ? null : at(part)));
}

function eased(part) {
  return part * part * (3 - 2 * part);
}

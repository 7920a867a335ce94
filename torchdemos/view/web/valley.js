// The hero of “What does the learning rate do?”: the steepest direction of a quadratic loss is a parabola, and each
// learning rate steps down it, across it or out of it. A slider gives the reader a learning rate of their own.
import {button, element} from "./dom.js";
import {drawing, emphasized} from "./draw.js";
import {playOnce} from "./motion.js";
import {lossInValley} from "./valley_loss.js";
import {parabola} from "./valley_parabola.js";
import {ruler} from "./valley_ruler.js";
import {said, zoneAt} from "./valley_words.js";

const STEPPING_SECONDS = 5.5;
const REST = 0.1; // of the time, in which the complete picture stands before it moves
const FADED = 0.22;
const ARROW = 0.005; // of the wall, for each press of an arrow key

// {wall, wall_name, curvature, steps, own, end, balls: [{name, multiple, colour, measured}],
// zones: [{below, word, sentence}]}. A multiple is a learning rate in units of the wall, which is 2 / curvature.
// `measured` are distances to the bottom by step, `end` is the multiple at which the slider ends.
export function valley(hero) {
  const balls = hero.balls.map((ball) => ({...ball, word: zoneAt(hero.zones, ball.multiple).word}));
  const state = {...hero, balls, clock: hero.steps, opacity: 1, used: false};
  const slider = element("input", {type: "range", min: 0, max: hero.end, step: ARROW, value: hero.own,
    "aria-label": "a learning rate of your own"});
  const sentence = element("p", {class: "valley-said"});
  const pictures = [parabola, lossInValley, ruler].map((draw) => drawing((width) => draw(state, width)));
  const show = (changed) => {
    Object.assign(state, changed);
    pictures.forEach((picture) => picture.redraw());
  };
  const say = () => {
    sentence.replaceChildren(...emphasized(said(state, state.own)));
    slider.setAttribute("aria-valuetext", sentence.textContent);
  };
  let finish = () => {};
  const play = () => {
    finish();
    state.opacity = 1;
    const clock = (part) => (part < REST ? 1 : (part - REST) / (1 - REST)) * hero.steps;
    finish = playOnce(STEPPING_SECONDS, (part) => show({clock: clock(part)}));
  };
  slider.addEventListener("input", () => {
    finish();
    show({own: Number(slider.value), used: true, opacity: FADED});
    say();
  });
  say();
  play();
  return valleyLayout(pictures, slider, sentence, play);
}

function valleyLayout([slope, loss, track], slider, sentence, play) {
  return element("div", {class: "valley"},
    valleyPart("slope", "The steepest valley of this loss", "each line is one step, from the ring",
      button("▶ steps", "play the steps again", play), slope),
    valleyPart("loss", "Loss in this direction", "(1 − lr·λ)²ᵗ, dots measured", null, loss),
    element("div", {class: "valley-own"}, element("div", {class: "valley-ruler"}, track, slider), sentence));
}

function valleyPart(name, title, condition, control, picture) {
  return element("div", {class: `valley-${name}`}, element("div", {class: "head"},
    element("h2", {}, title, element("small", {}, ` ${condition}`)), control), picture);
}

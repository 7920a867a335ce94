// The chain rule: a network as a chain of factors that one can walk along, and beside it one weight by hand.
import {chainPicture} from "./chain_picture.js";
import {heading} from "./cards.js";
import {button, element} from "./dom.js";
import {brief, drawing, emphasized, power} from "./draw.js";
import {playOnce} from "./motion.js";
import {oneWeight} from "./one_weight.js";

const SECONDS = 5;
const STANDS = 0.12; // the share of the motion in which all is still there
const FORWARD = 0.38; // the share after which the values have gone forward,
const ARRIVED = 0.97; // and that after which the gradient has come back

// hero: {networks: [{name, about, colour, factor, log_ratio, value, weights, slope, factors, logs, zeros}], weight}.
// Lists hold a number for each layer, the first layer first.
export function chain({networks, weight}) {
  const state = {network: networks[0], looked: null, forward: Infinity, back: Infinity, stop: () => {}};
  const said = element("p", {class: "chain-said", role: "status"});
  const picture = drawing((width) => chainPicture(state, networks, width),
    {class: "drawing chain-row", tabindex: 0, role: "slider", "aria-label": "layer", "aria-valuemin": 1});
  const buttons = networks.map((network) => chainButton(network, () => choose(network)));
  const look = (layer) => {
    if (layer === state.looked) return;
    state.looked = layer;
    show();
  };
  function show() {
    said.replaceChildren(...emphasized(chainInWords(state)));
    buttons.forEach((one, i) => one.setAttribute("aria-pressed", String(networks[i] === state.network)));
    const count = state.network.logs.length;
    picture.setAttribute("aria-valuemax", count);
    picture.setAttribute("aria-valuenow", (state.looked ?? count - 1) + 1);
    picture.setAttribute("aria-valuetext", said.textContent);
    picture.redraw();
  }
  function choose(network) {
    state.stop();
    state.network = network;
    show();
  }
  function play() {
    state.stop();
    state.stop = playOnce(SECONDS, (part) => chainMoves(state, part) && picture.redraw());
  }
  followChain(picture, state, look);
  show();
  play();
  return element("div", {class: "chain"},
    element("section", {}, element("div", {class: "head"}, heading("One network", chainLegend(networks)),
      element("div", {class: "row"}, buttons, button("▶", "play again", play))), picture, said),
    oneWeight(weight, networks[0].colour));
}

function chainButton({name, colour, factor}, onClick) {
  const made = button("", `${name}: the factors of this network`, onClick);
  const size = factor === null ? "" : element("small", {}, ` ×${brief(factor)}`);
  made.append(element("i", {class: "dot", style: `background: ${colour}`}), name, size);
  return made;
}

function chainLegend(networks) {
  const zeros = networks.some((network) => network.zeros > 0);
  const lost = networks.some((network) => network.logs.filter((log) => log === null).length > network.zeros);
  return ["white flows", "blue vanishes", "red explodes", ...(zeros ? ["hatched: exactly 0"] : []),
    ...(lost ? ["magenta: not finite"] : [])].join(", ");
}

function chainInWords({network, looked}) {
  const {about, factor, factors, logs, log_ratio: ratio, slope, weights, zeros} = network;
  const lost = (layer) => `its gradient is ${layer < zeros ? "exactly 0" : "not finite"}.`;
  if (looked === null && ratio === null) return `**${about}:** look at layer 1, ${lost(0)}`;
  if (looked === null) {
    return `**${about}:** ×${brief(factor)} a layer on average, from output to layer 1: **${power(ratio, 1)}**. ` +
      "Point at a layer.";
  }
  if (looked === logs.length - 1) return `**output:** the loss hands back a gradient of **${brief(factors[looked])}**.`;
  if (logs[looked] === null) return `**layer ${looked + 1}:** ${lost(looked)}`;
  return `**layer ${looked + 1}:** factor **${brief(factors[looked])}** = weights ${brief(weights[looked])} × slope ` +
    `${brief(slope[looked])}; product so far **${power(logs[looked], 1)}**.`;
}

// Sets how many layers the values have gone forward, and the gradient back. Returns whether that is news.
function chainMoves(state, part) {
  const count = state.network.logs.length;
  const moving = part >= STANDS && part < 1;
  const reached = (from, to) => {
    const share = moving ? (part - from) / (to - from) : 1;
    return Math.floor(Math.min(Math.max(share, 0), 1) * count);
  };
  const [forward, back] = [reached(STANDS, FORWARD), reached(FORWARD, ARRIVED)];
  const news = forward !== state.forward || back !== state.back;
  Object.assign(state, {forward, back});
  return news;
}

function followChain(picture, state, look) {
  const last = () => state.network.logs.length - 1;
  const pointed = (event) => {
    const {turned, start, pitch} = picture.firstElementChild.dataset;
    const box = picture.getBoundingClientRect();
    const along = turned === "true" ? event.clientY - box.top : event.clientX - box.left;
    look(Math.min(Math.max(Math.floor((along - start) / pitch), 0), last()));
  };
  picture.addEventListener("pointermove", pointed);
  picture.addEventListener("pointerdown", pointed);
  picture.addEventListener("pointerleave", ({pointerType}) => {
    if (pointerType === "mouse" && document.activeElement !== picture) look(null); // a finger always leaves
  });
  picture.addEventListener("focus", () => look(state.looked ?? last() - 1));
  picture.addEventListener("blur", () => look(null));
  picture.addEventListener("keydown", (event) => {
    const step = {ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -Infinity, End: Infinity}[event.key];
    if (!step) return;
    event.preventDefault();
    look(Math.min(Math.max((state.looked ?? last()) + step, 0), last()));
  });
}

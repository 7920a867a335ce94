// A network that trains while you touch it: the parts of the page, and what reaches them.
import {element} from "./dom.js";
import {liveAnswer} from "./live_answer.js";
import {liveDetail} from "./live_detail.js";
import {liveDial} from "./live_dial.js";
import {liveDigit} from "./live_digit.js";
import {liveFindings} from "./live_findings.js";
import {liveFlow} from "./live_flow.js";
import {liveLoss} from "./live_loss.js";
import {liveMissions} from "./live_missions.js";
import {liveNetwork, neuronsOf} from "./live_network.js";
import {liveSettings} from "./live_settings.js";
import {liveTransport} from "./live_transport.js";
import {liveWeights} from "./live_weights.js";
import {changesOf, followTraining, received} from "./live_wire.js";
import {themeButton} from "./theme.js";
import {tooltip} from "./tooltip.js";

const RATE = "learning_rate"; // the dial that has the mark
const TOUCHES = ["focusin", "pointerdown"];
const SILENT = "The program does not answer. This page asks again by itself.";

// What was refused is said until somebody turns to something else.
function forgetRefusals({target}) {
  for (const said of document.querySelectorAll(".refused:not(:empty)")) {
    if (!said.closest(".setting, .dial, .live-digit, .touch").contains(target)) said.textContent = "";
  }
}

function startLivePage() {
  const page = livePage();
  document.body.append(...livePlaces(page), page.tip);
  for (const touch of TOUCHES) addEventListener(touch, forgetRefusals);
  const stream = followTraining((event) => takeEvent(page, event, stream), (silent) => {
    sayLive(page, page.over ?? (silent ? SILENT : ""));
  });
}

function livePage() {
  const [told, tip, refused] = [changesOf(), tooltip(), element("p", {class: "refused", role: "alert"})];
  const change = async (name, value) => { // of what has no place of its own for a refusal
    const why = await told(name, value);
    refused.textContent = why ?? "";
    return why;
  };
  const page = {
    told, tip, refused, scene: {}, frame: null, asked: false, dials: new Map(),
    said: element("p", {class: "banner", role: "alert", hidden: ""}), question: element("h1"),
    lead: element("p", {class: "lead"}), dialsBox: element("div", {class: "dials"}),
    transport: liveTransport(change), settings: liveSettings(told), digit: liveDigit((value) => told("digit", value)),
    weights: liveWeights(), answer: liveAnswer(), flow: liveFlow(tip.point), loss: liveLoss(),
    missions: liveMissions(change), findings: liveFindings(),
  };
  page.network = liveNetwork({onPoint: tip.point, onChoose: (chosen) => page.detail.open(chosen)});
  page.detail = liveDetail({onPoint: tip.point, onMark: page.network.mark});
  return page;
}

function livePlaces(page) {
  const {digit, network, weights, answer, flow, loss, detail, missions, findings, transport, settings} = page;
  const box = (name, ...parts) => element("div", {class: name}, parts.map((part) => part.element ?? part));
  return [
    element("header", {}, element("div", {}, page.question, page.lead), box("touch", transport, page.refused), themeButton()),
    page.said, page.dialsBox, settings.element,
    element("main", {}, box("alive", box("seen", digit, box("neurons-alive", network, weights), answer), flow),
      box("grown", loss, detail)),
    element("footer", {}, missions.element, findings.element),
  ];
}

// Points are kept as they come; of frames only the newest is drawn, when the screen is.
function takeEvent(page, {scene, curves, points, frame, over}, stream) {
  if (scene) takeScene(page, scene);
  if (curves) page.loss.take(curves);
  if (points) page.loss.grow(points);
  if (frame?.step !== undefined) page.frame = frame;
  if (over !== undefined) endLive(page, over, stream);
  if (page.asked) return;
  page.asked = true;
  requestAnimationFrame(() => drawLive(page));
}

function takeScene(page, scene) {
  const {title = "torchdemos live", question = "", controls = [], actions = [], layers = []} = scene;
  const layersChange = JSON.stringify(layers) !== JSON.stringify(page.scene.layers);
  page.scene = scene;
  document.title = title;
  page.question.textContent = question || title;
  showDials(page, controls.filter(({kind}) => kind === "dial"));
  page.settings.offer(controls.filter(({kind}) => kind !== "dial"));
  page.settings.show({...Object.fromEntries(controls.map(({name, value}) => [name, value])), ...scene.settings});
  page.transport.offer(scene);
  page.withDigit = actions.includes("digit");
  page.digit.element.hidden = !page.withDigit;
  if (layersChange) offerLayers(page, layers, scene.left_out ?? "");
  page.missions.offer(scene.missions ?? [], scene.mission ?? null);
  page.findings.offer(scene);
}

// Where there is a digit, it is the first layer.
function offerLayers(page, layers, leftOut) {
  page.frame = null; // it is of the layers before
  page.network.offer(layers.slice(page.withDigit ? 1 : 0), leftOut);
  page.weights.offer(page.withDigit ? layers : []);
  page.detail.close();
}

function showDials(page, controls) {
  const drawn = JSON.stringify(controls.map(({value, ...control}) => control));
  if (drawn === page.dialsDrawn) return;
  page.dialsDrawn = drawn;
  page.dials = new Map(controls.map((control) =>
    [control.name, liveDial(control, (value) => page.told(control.name, value))]));
  page.dialsBox.replaceChildren(...[...page.dials.values()].map((dial) => dial.element));
}

function drawLive(page) {
  page.asked = false;
  const {frame} = page;
  page.frame = null;
  if (frame) showFrame(page, frame);
  page.loss.draw();
  if (!page.tip.hidden) page.tip.askAgain();
}

function showFrame(page, given) {
  const {layers = [], settings = {}} = page.scene;
  const mark = given.mark ? {...given.mark, rate: received(given.mark.rate)} : null;
  const frame = {...given, mark, rate: received(given.rate), loss: received(given.loss), accuracy: received(given.accuracy)};
  for (const [name, dial] of page.dials) {
    if (name === RATE) dial.show(frame.rate, mark);
    else dial.show(received(settings[name]), null);
  }
  page.lead.textContent = leadOf(mark, page.dials.size);
  page.transport.show(frame);
  page.loss.show(frame);
  page.flow.show(frame.flow ?? [], frame.step, new Map(layers.map(({name, kind}) => [name, kind])));
  showNetwork(page, frame, layers[0]);
  document.body.dataset.step = frame.step;
}

function showNetwork(page, {neurons = [], digit, shares, step}, input) {
  const seen = page.withDigit && input ? neuronsOf(input, neurons[0]) : null;
  if (seen) page.digit.show(seen, digit);
  page.network.show(neurons.slice(page.withDigit ? 1 : 0));
  page.weights.show(step);
  page.answer.show(shares?.map(received) ?? null, digit?.label ?? null);
}

function leadOf(mark, dials) {
  return `It trains while you watch.${mark ? " Drag the learning rate over the mark." : dials ? " Drag the learning rate." : ""}`;
}

// The page keeps what it shows.
function endLive(page, over, stream) {
  page.over = `The training is over: ${over}`;
  sayLive(page, page.over);
  document.body.classList.add("over");
  stream?.stop();
}

function sayLive(page, words) {
  page.said.textContent = words;
  page.said.hidden = !words;
}

startLivePage();

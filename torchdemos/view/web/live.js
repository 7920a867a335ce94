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

const SILENT = "The program does not answer. This page asks again by itself.";

function startLivePage() {
  const page = {scene: null, frame: null, asked: false, dials: new Map(), said: element("p", {class: "banner", role: "alert", hidden: ""})};
  const told = changesOf();
  page.change = async (name, value) => {
    const refused = await told(name, value);
    page.refused.textContent = refused ?? "";
    return refused;
  };
  const tip = tooltip();
  Object.assign(page, {
    refused: element("p", {class: "refused", role: "alert"}),
    question: element("h1"), lead: element("p", {class: "lead"}), dialsBox: element("div", {class: "dials"}),
    transport: liveTransport((name, value) => page.change(name, value)), settings: liveSettings(told), digit: liveDigit((value) => told("digit", value)),
    answer: liveAnswer(), weights: liveWeights(), loss: liveLoss(), flow: liveFlow({onPoint: tip.point}),
    missions: liveMissions((name, value) => page.change(name, value)), findings: liveFindings(),
    network: liveNetwork({onPoint: tip.point, onChoose: (chosen) => page.detail.open(chosen)}),
    detail: liveDetail({onPoint: tip.point, onMark: (...marks) => page.network.mark(...marks)}),
  });
  Object.assign(page, {told, tip});
  document.body.append(...livePlaces(page), tip);
  const stream = followTraining((event) => take(page, event, stream), (silent) => sayLive(page, silent && !page.over ? SILENT : page.over ?? ""));
}

function livePlaces({said, question, lead, transport, refused, dialsBox, settings, digit, network, weights, answer, flow, loss, detail, missions, findings}) {
  return [element("header", {}, element("div", {}, question, lead), element("div", {class: "touch"}, transport.element, refused), themeButton()), said,
    dialsBox, settings.element,
    element("main", {}, element("div", {class: "alive"}, element("div", {class: "seen"}, digit.element, element("div", {class: "neurons-alive"}, network.element, weights.element), answer.element), flow.element),
      element("div", {class: "grown"}, loss.element, detail.element)),
    element("footer", {}, missions.element, findings.element)];
}

// Points are kept as they come; of frames only the newest is drawn, when the screen is.
function take(page, {scene, curves, points, frame, over}, stream) {
  if (scene) takeScene(page, scene);
  if (curves) page.loss.take(curves);
  if (points) page.loss.grow(points);
  if (frame?.step !== undefined) page.frame = frame;
  if (over !== undefined) {
    page.over = over;
    sayLive(page, over);
    document.body.classList.add("over");
    stream?.stop();
  }
  if (page.asked) return;
  page.asked = true;
  requestAnimationFrame(() => drawLive(page));
}

function takeScene(page, scene) {
  const layersChange = JSON.stringify(scene.layers) !== JSON.stringify(page.scene?.layers);
  page.scene = scene;
  const {title = "torchdemos live", question = "", controls = [], actions = [], layers = [], missions = [], mission = null} = scene;
  document.title = title;
  page.question.textContent = question || title;
  showDials(page, controls.filter(({kind}) => kind === "dial"));
  page.settings.offer(controls.filter(({kind}) => kind !== "dial"));
  page.settings.show({...Object.fromEntries(controls.map(({name, value}) => [name, value])), ...scene.settings});
  page.transport.offer(scene);
  page.withDigit = actions.includes("digit");
  page.digit.element.hidden = !page.withDigit;
  if (layersChange) {
    page.frame = null; // it is of the layers before
    page.network.offer(layers.slice(page.withDigit ? 1 : 0), scene.left_out ?? "");
    page.weights.offer(page.withDigit ? layers : []);
    page.detail.close();
  }
  page.missions.offer(missions, mission);
  page.findings.offer(scene);
}

function showDials(page, controls) {
  const names = JSON.stringify(controls.map(({value, ...control}) => control));
  if (names === page.dialsDrawn) return;
  page.dialsDrawn = names;
  page.dials = new Map(controls.map((control) => [control.name, liveDial(control, (value) => page.told(control.name, value))]));
  page.dialsBox.replaceChildren(...[...page.dials.values()].map((dial) => dial.element));
}

function drawLive(page) {
  page.asked = false;
  const {frame, scene} = page;
  if (frame) {
    page.frame = null;
    showFrame(page, frame, scene ?? {});
  }
  page.loss.draw();
  if (!page.tip.hidden) page.tip.askAgain();
}

function showFrame(page, given, {layers = [], settings = {}}) {
  const mark = given.mark ? {...given.mark, rate: received(given.mark.rate)} : null;
  const frame = {...given, mark, rate: received(given.rate), loss: received(given.loss), accuracy: received(given.accuracy)};
  for (const [name, dial] of page.dials) {
    const isRate = name === "learning_rate";
    dial.show(isRate ? frame.rate : received(settings[name]), isRate ? mark : null);
  }
  page.lead.textContent = leadOf(mark, page.dials.size);
  page.transport.show(frame);
  page.loss.show(frame);
  const neurons = given.neurons ?? [];
  const first = page.withDigit && layers.length ? neuronsOf(layers[0], neurons[0]) : null;
  if (first) page.digit.show(first, frame.digit);
  page.network.show(neurons.slice(page.withDigit ? 1 : 0));
  page.weights.show(frame.step);
  page.answer.show(frame.shares?.map(received) ?? null, frame.digit?.label ?? null);
  page.flow.show(frame.flow ?? [], frame.step, new Map(layers.map(({name, kind}) => [name, kind])));
  document.body.dataset.step = frame.step;
}

function leadOf(mark, dials) {
  return `It trains while you watch.${mark ? " Drag the learning rate over the mark." : dials ? " Drag the learning rate." : ""}`;
}

function sayLive(page, words) {
  page.said.textContent = words;
  page.said.hidden = !words;
}

startLivePage();

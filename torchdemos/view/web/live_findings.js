// What the training has found and has to say, in words, the newest first.
import {element} from "./dom.js";

export function liveFindings() {
  const made = {drawn: "", element: element("section", {class: "live-findings", "aria-live": "polite"})};
  made.offer = ({findings = [], notes = [], log = ""}) => {
    const text = JSON.stringify([findings, notes, log]);
    if (text !== made.drawn) showFindings(made, findings, notes, log);
    made.drawn = text;
  };
  return made;
}

function showFindings({element: place}, findings, notes, log) {
  const items = [...findings.map(findingInWords), ...notes.map((note) => element("li", {class: "note"}, note))].reverse();
  const head = element("h2", {}, "Findings ", element("small", {}, items.length ? "" : "none so far"));
  const where = log ? element("p", {class: "log"}, "All of this is logged in ", element("code", {}, log)) : "";
  place.hidden = !items.length && !log;
  place.replaceChildren(head, items.length ? element("ul", {}, items) : "", where);
}

function findingInWords({kind, level, layer, step, evidence, advice}) {
  const where = [layer, step === null || step === undefined ? null : `step ${step}`].filter(Boolean).join(", ");
  const name = `${String(kind).replaceAll("_", " ")}${where ? ` (${where})` : ""}: `;
  return element("li", {class: `finding ${level}`}, element("b", {}, name), `${evidence} `, element("span", {}, advice));
}

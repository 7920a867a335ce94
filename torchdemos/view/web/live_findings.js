// What the training has found and has to say, in words, the newest first.
import {element} from "./dom.js";

export function liveFindings() {
  const made = {drawn: "", element: element("section", {class: "live-findings", "aria-live": "polite"})};
  made.offer = ({findings = [], notes = [], log = ""}) => {
    const text = JSON.stringify([findings, notes, log]);
    if (text === made.drawn) return;
    made.drawn = text;
    const items = [...findings.map(findingInWords).reverse(), ...notes.map((note) => element("li", {class: "note"}, note)).reverse()];
    made.element.hidden = !items.length && !log;
    made.element.replaceChildren(element("h2", {}, "Findings ", element("small", {}, findings.length ? "" : "none so far")),
      items.length ? element("ul", {}, items) : "", log ? element("p", {class: "log"}, "All of this is logged in ", element("code", {}, log)) : "");
  };
  return made;
}

function findingInWords({kind, level, layer, step, evidence, advice}) {
  const where = [layer, step === null || step === undefined ? null : `step ${step}`].filter(Boolean).join(", ");
  return element("li", {class: `finding ${level}`}, element("b", {}, `${String(kind).replaceAll("_", " ")}${where ? ` (${where})` : ""}: `), `${evidence} `, element("span", {}, advice));
}

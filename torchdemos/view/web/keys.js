// The names of a chart's lines: a click hides a line or shows it again.
import {element, number} from "./dom.js";

export function keys(lines, redraw) {
  const entries = lines.map((line) => element("button", {
    type: "button", class: line.dashed ? "theory" : "", style: `--line: ${line.colour}`, "aria-pressed": "true",
    onclick: (event) => {
      line.hidden = !line.hidden;
      event.currentTarget.setAttribute("aria-pressed", String(!line.hidden));
      redraw();
    }}, element("i", {}), line.name, lost(line)));
  return element("div", {class: "keys"}, entries);
}

// Values that are not finite draw no line, so the legend says where they begin.
function lost(line) {
  const first = line.points.find(([, value]) => !Number.isFinite(value));
  return first ? element("small", {}, ` not finite from ${number(first[0])} on`) : null;
}

// The values of all lines of a chart at the place nearest to the pointer.
import {element, number} from "./dom.js";
import {shape} from "./shape.js";

export function readout(plot, label) {
  const places = [...new Set(plot.lines.flatMap((line) => line.points.map(([x]) => x)))].filter(plot.across.holds)
    .sort((one, other) => one - other);
  const box = element("div", {class: "reading", role: "status", hidden: ""});
  const marks = shape("g", {class: "pointer"});
  let at = -1;
  const show = (index) => {
    at = Math.min(Math.max(index, 0), places.length - 1);
    if (at < 0) return;
    const found = valuesAt(plot.lines, places[at]);
    marks.replaceChildren(...pointed(plot, places[at], found));
    box.replaceChildren(element("b", {}, `${label} ${number(places[at])}`), ...found.map(row));
    box.hidden = false;
    const part = plot.left(places[at]) / plot.width;
    box.style.left = part < 0.5 ? `calc(${100 * part}% + 12px)` : "auto";
    box.style.right = part < 0.5 ? "auto" : `calc(${100 * (1 - part)}% + 12px)`;
  };
  const hide = () => { box.hidden = true; marks.replaceChildren(); };
  const key = (event) => {
    const moved = {ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: places.length - 1}[event.key];
    if (moved === undefined) return;
    event.preventDefault();
    show(moved);
  };
  return {box, marks, hide, key, at: (left) => show(nearestPlace(places.map(plot.left), left))};
}

function valuesAt(lines, place) {
  const here = (line) => line.points.filter(([x]) => x === place).slice(-1);
  return lines.flatMap((line) => here(line).map(([, value]) => ({line, value})));
}

function row({line, value}) {
  const text = Number.isFinite(value) ? number(value) : "not finite";
  return element("div", {style: `--line: ${line.colour}`}, element("i", {}), `${line.name} `, element("b", {}, text));
}

function pointed(plot, place, found) {
  const dots = found.filter(({value}) => plot.up.holds(value)).map(({line, value}) =>
    shape("circle", {cx: plot.left(place), cy: plot.top(value), r: 4, style: `--line: ${line.colour}`}));
  return [shape("path", {d: `M${plot.left(place)} ${plot.ceiling}V${plot.bottom}`}), ...dots];
}

function nearestPlace(sorted, wanted) {
  return sorted.reduce((best, value, i) => (Math.abs(value - wanted) < Math.abs(sorted[best] - wanted) ? i : best), 0);
}

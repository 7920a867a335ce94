// What the pictures of the Answer view are drawn with. A unit of their SVG is one pixel, so that type never shrinks.
import {drawnOrNamed, element, raised} from "./dom.js";
import {shape} from "./shape.js";

// `kind` is any of b (bold), q (quiet), m (middle), e (end), halo.
export function words(x, y, text, kind = "") {
  return shape("text", {x, y, class: kind}, String(text));
}

export function line(x1, y1, x2, y2, more = {}) {
  return shape("line", {x1, y1, x2, y2, ...more});
}

export function path(points, more = {}) {
  const d = "M" + points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");
  return shape("path", {d, fill: "none", ...more});
}

export function dot(cx, cy, r, fill, more = {}) {
  return shape("circle", {cx, cy, r, fill, ...more});
}

// A straight map from the numbers [from, to] to the pixels [low, high].
export function linear(from, to, low, high) {
  return (value) => low + (value - from) / (to - from) * (high - low);
}

// Ten to a power, with a real minus: 10⁻¹³·⁸.
export function power(exponent, digits = 0) {
  const text = exponent.toFixed(digits).replace(/^-0(\.0+)?$/, "0");
  return "10" + raised(text);
}

// Three digits at most, with a real minus: 0.0511, −0.26, 12 %.
export function brief(value, digits = 3) {
  if (!Number.isFinite(value)) return value === null ? "not finite" : String(value);
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

// A box that is drawn anew whenever its width changes: `draw(width)` returns its content. `box.redraw()` draws now.
export function drawing(draw, attributes = {}, name = attributes["aria-label"]) {
  const box = element("div", {class: "drawing", ...attributes});
  const drawn = () => drawnOrNamed(name, () => draw(box.clientWidth));
  box.redraw = () => box.clientWidth && box.replaceChildren(drawn());
  new ResizeObserver(box.redraw).observe(box);
  return box;
}

// An SVG of this size. `label` is what a screen reader says.
export function canvas(width, height, label, ...children) {
  return shape("svg", {viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": label}, ...children);
}

// Text with **bold** parts, as elements. Nothing in it is read as HTML.
export function emphasized(text) {
  return text.split("**").map((part, i) => (i % 2 ? element("b", {}, part) : part));
}

// Makes elements, and numbers short enough to read.

const EXPONENT = {"-": "⁻", ".": "·", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹"};

// element("p", {class: "about", onclick: f, disabled: false}, "text", child): text is never read as HTML. A style is set
// as a property, which a page may do whose policy forbids styles in its text.
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "style") made.style.cssText = value;
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

// What `draw` draws, or a sentence that names what cannot be drawn: a file can hold anything.
export function drawnOrNamed(what, draw) {
  try {
    return draw();
  } catch (error) {
    return element("p", {class: "problem"}, `${what ?? "A picture"} cannot be drawn: ${error.message}`);
  }
}

// A select with its label. Options are [value, text] pairs or plain strings; `choose(value)` does not call `onChange`.
export function select(label, options, onChange) {
  const box = element("select", {onchange: () => onChange(box.value)});
  const made = element("label", {class: "choice"}, element("span", {}, label), box);
  made.offer = (offered) => {
    const before = box.value;
    box.replaceChildren(...offered.map((option) => {
      const [value, text] = Array.isArray(option) ? option : [option, option];
      return element("option", {value}, text);
    }));
    if (offered.some((option) => String(Array.isArray(option) ? option[0] : option) === before)) box.value = before;
  };
  made.choose = (value) => { box.value = value; };
  made.value = () => box.value;
  made.offer(options);
  return made;
}

export function button(text, label, onClick) {
  return element("button", {type: "button", title: label, "aria-label": label, onclick: onClick}, text);
}

// Four significant digits: 1.234, -0.05, 12300, 1.2e-7, NaN, ∞.
export function number(x) {
  if (x === null || x === undefined) return "none";
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  const size = Math.abs(x);
  const plain = size === 0 || (size >= 1e-3 && size < 1e5);
  const text = plain ? String(Number(x.toPrecision(4))) : x.toExponential(2).replace(/\.?0*e/, "e").replace("e+", "e");
  return text.replaceAll("-", "−");
}

// A number's text as an exponent: ⁻¹³·⁸.
export function raised(text) {
  return [...text].map((sign) => EXPONENT[sign] ?? sign).join("");
}

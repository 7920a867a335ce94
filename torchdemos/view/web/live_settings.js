// Choices and whole numbers: some act at once, the others start a new network, and stand together under these words.
import {element, select} from "./dom.js";

// `change(name, value)` promises null or why not. `settings.show(settings)` shows what the training has.
export function liveSettings(change) {
  const made = {element: element("div", {class: "live-settings"}), boxes: new Map(), offered: ""};
  made.offer = (controls) => {
    const text = JSON.stringify(controls.map(({value, ...control}) => control));
    if (text === made.offered) return;
    made.offered = text;
    made.boxes.clear();
    const group = (words, fresh) => {
      const chosen = controls.filter((one) => Boolean(one.fresh) === fresh);
      return chosen.length ? element("fieldset", {class: fresh ? "fresh" : ""}, element("legend", {}, words),
        chosen.map((control) => settingOf(made, control, change))) : null;
    };
    made.element.replaceChildren(...[group("acts at once", false), group("starts a new network", true)].filter(Boolean));
    made.element.hidden = !controls.length;
  };
  made.show = (settings) => {
    for (const [name, box] of made.boxes) if (name in settings && document.activeElement !== box.input) box.choose(settings[name]);
  };
  return made;
}

function settingOf(made, control, change) {
  const refused = element("p", {class: "refused", role: "alert"});
  const ask = async (value) => {
    const why = await change(control.name, value);
    refused.textContent = why ?? "";
    if (why) box.choose(box.shown);
  };
  const box = control.kind === "choice" ? choiceBox(control, ask) : wholeBox(control, ask);
  const choose = box.choose;
  box.choose = (value) => {
    box.shown = value;
    choose(String(value));
  };
  box.choose(control.value);
  made.boxes.set(control.name, box);
  return element("div", {class: "setting", title: control.help ?? "", "data-name": control.name}, box, refused);
}

function choiceBox({label, options}, ask) {
  const known = new Map(options.map((option) => [String(option), option]));
  const made = select(label, options.map((option) => [String(option), String(option)]), (value) => ask(known.get(value)));
  made.input = made.querySelector("select");
  return made;
}

function wholeBox({label, low, high}, ask) {
  const input = element("input", {type: "number", min: low, max: high, step: 1,
    onchange: () => ask(input.value === "" ? "" : Number(input.value))});
  const made = element("label", {class: "choice"}, element("span", {}, label), input);
  return Object.assign(made, {input, choose: (value) => { input.value = value; }});
}

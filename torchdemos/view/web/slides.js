// A card of pictures: the same picture of several runs side by side, with one slider for their steps.
import {element} from "./dom.js";

export function slides({title, tag, about, runs}) {
  const steps = [...new Set(runs.flatMap((run) => run.steps))].sort((one, other) => one - other);
  const frames = runs.map((run) => frameOf(run, title));
  const said = element("output", {});
  const show = (i) => {
    said.textContent = `step ${steps[i]}`;
    frames.forEach((frame) => frame.show(steps[i]));
  };
  const bar = element("input", {
    type: "range", min: 0, max: steps.length - 1, value: steps.length - 1, "aria-label": `step of ${title}`,
    oninput: (event) => show(Number(event.currentTarget.value)),
  });
  show(steps.length - 1);
  return element("figure", {class: runs.length > 1 ? "card several" : "card", title: tag},
    element("figcaption", {}, title),
    element("div", {class: "frames"}, frames.map((frame) => frame.made)),
    steps.length > 1 ? element("div", {class: "steps"}, bar, said) : null,
    about ? element("p", {class: "about"}, about) : null);
}

// Shows the latest picture up to a step.
function frameOf({name, steps, png}, title) {
  const image = element("img", {alt: `${title}, ${name}`});
  const own = name === "." ? null : element("small", {}, name);
  const show = (step) => {
    const last = steps.findLastIndex((one) => one <= step);
    image.src = `data:image/png;base64,${png[Math.max(last, 0)]}`;
  };
  return {made: element("div", {}, own, image), show};
}

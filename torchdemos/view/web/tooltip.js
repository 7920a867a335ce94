// A few words beside the pointer.
import {element} from "./dom.js";

export function tooltip() {
  const made = element("div", {class: "tooltip", role: "status", hidden: ""});
  made.point = (event, text) => {
    made.hidden = text === null;
    made.textContent = text ?? "";
    const left = Math.min(event.clientX + 14, window.innerWidth - made.offsetWidth - 8);
    made.style.transform = `translate(${left}px, ${event.clientY + 16}px)`;
  };
  return made;
}

// Calls `draw` whenever the element's width has changed.
export function onWidth(watched, draw) {
  let width = 0;
  new ResizeObserver(() => {
    if (watched.clientWidth === width) return;
    width = watched.clientWidth;
    draw();
  }).observe(watched);
}

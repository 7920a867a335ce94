// A few words beside the pointer.
import {element} from "./dom.js";

export function tooltip() {
  const made = element("div", {class: "tooltip", role: "status", hidden: ""});
  let last = null;
  made.point = (event, text) => {
    last = text === null ? null : event;
    made.hidden = text === null;
    made.textContent = text ?? "";
    const left = Math.min(event.clientX + 14, window.innerWidth - made.offsetWidth - 8);
    made.style.transform = `translate(${left}px, ${event.clientY + 16}px)`;
  };
  // What is under the pointer may have changed while the pointer stood still: the new picture is asked again.
  made.askAgain = () => {
    if (!last) return;
    const {clientX, clientY} = last;
    made.point(last, null);
    document.elementFromPoint(clientX, clientY)?.dispatchEvent(new MouseEvent("mousemove", {clientX, clientY, bubbles: true}));
  };
  return made;
}

// Calls `draw(width, height)` with the room inside the element, now and whenever it has changed: what is drawn many times
// a second must not ask for it each time.
export function onRoom(watched, draw) {
  new ResizeObserver(() => draw(watched.clientWidth, watched.clientHeight)).observe(watched);
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

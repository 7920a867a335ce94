// Chooses the run to look at, and another one beside it.
import {element, select} from "./dom.js";

const MANY = 12; // more runs than that can be searched by name

// `offer(entries)` takes [{run, part}], where `part` tells apart several entries of one run. `chosen()` gives none, one
// or two of them as [{entry, name}]. At first it is one entry, or the first two if `two` is true.
export function runPicker(onChange, two = false) {
  let entries = [];
  let begun = false;
  const first = select("run", [], onChange);
  const second = select("beside", [], onChange);
  const find = element("input", {type: "search", placeholder: "find a run", "aria-label": "find a run", oninput: list});
  const made = element("div", {class: "runs"}, find, first, second);

  function list() {
    const options = entries.map((entry, i) => [keyOf(entry), nameOf(entry, entries)])
      .filter(([, name]) => name.toLowerCase().includes(find.value.toLowerCase()));
    const before = [first.value(), second.value()].join();
    first.offer(options);
    second.offer([["", "nothing"], ...options]);
    if ([first.value(), second.value()].join() !== before) onChange();
  }

  made.offer = (offered) => {
    entries = offered;
    find.hidden = entries.length <= MANY;
    second.hidden = entries.length < 2;
    list();
    if (two && !begun && entries.length > 1) second.choose(keyOf(entries[1]));
    begun ||= entries.length > 0;
  };
  made.chosen = () => [first, second].map((box) => entries.find((entry) => keyOf(entry) === box.value()))
    .filter(Boolean).map((entry) => ({entry, name: nameOf(entry, entries)}));
  return made;
}

// Names may hold any character, so only JSON keeps run and part apart.
function keyOf({run, part}) {
  return JSON.stringify([run, part]);
}

function nameOf({run, part}, entries) {
  const several = entries.some((other) => other.run === run && other.part !== part);
  return several ? `${run}: ${part || "model"}` : run;
}

// Chooses the run to look at, and others beside it.
import {element, select} from "./dom.js";

const MANY = 12; // more runs than that can be searched by name

// `offer(entries, folder)` takes [{run, part}], where `part` tells apart several entries of one run, and the name of the
// folder, which is that of its run ".". `chosen()` gives at most `most` of them as [{entry, name}]. At first it is one
// entry, or with `all` as many as there are in the folder of the first.
export function runPicker(onChange, most = 2, all = false) {
  let entries = [];
  let home = "";
  const boxes = Array.from({length: most}, (_, i) => select(i ? "beside" : "run", [], onChange));
  const [first, ...others] = boxes;
  const find = element("input", {type: "search", placeholder: "find a run", "aria-label": "find a run", oninput: list});
  const made = element("div", {class: "runs"}, find, boxes);
  const values = () => boxes.map((box) => box.value()).join();

  function list() {
    const options = entries.map((entry) => [keyOf(entry), nameOf(entry, entries, home)])
      .filter(([, name]) => name.toLowerCase().includes(find.value.toLowerCase()));
    const before = values();
    first.offer(options);
    others.forEach((box) => box.offer([["", "nothing"], ...options]));
    if (values() !== before) onChange();
  }

  made.offer = (offered, folder = "") => {
    const begins = !entries.length;
    [entries, home] = [offered, folder];
    find.hidden = entries.length <= MANY;
    boxes.forEach((box, i) => { box.hidden = i > 0 && entries.length <= i; });
    list();
    if (all && begins) alike(entries).slice(1, most).forEach((entry, i) => others[i].choose(keyOf(entry)));
  };
  made.chosen = () => [...new Set(boxes.map((box) => entries.find((entry) => keyOf(entry) === box.value())))]
    .filter(Boolean).map((entry) => ({entry, name: nameOf(entry, entries, home)}));
  return made;
}

// The entries in the folder of the first one.
function alike(entries) {
  const folderOf = ({run}) => run.slice(0, run.lastIndexOf("/") + 1);
  return entries.filter((entry) => folderOf(entry) === folderOf(entries[0]));
}

// Names may hold any character, so only JSON keeps run and part apart.
function keyOf({run, part}) {
  return JSON.stringify([run, part]);
}

function nameOf({run, part}, entries, home) {
  const name = run === "." && home ? home : run;
  const several = entries.some((other) => other.run === run && other.part !== part);
  return several ? `${name}: ${part || "model"}` : name;
}

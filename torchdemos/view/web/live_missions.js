// The missions: one for each question, the chosen one with its task, its hint when asked for, and why it is so.
import {button, element} from "./dom.js";

// `change(name, value)`; `missions.offer(list, chosen)`: [{question, task, hint, explanation, solved, steps, progress}].
export function liveMissions(change) {
  const made = {change, drawn: "", progress: element("p", {class: "progress", role: "status"})};
  made.element = element("section", {class: "live-missions"});
  made.offer = (list, chosen) => {
    made.element.hidden = !list.length;
    const text = JSON.stringify([chosen, list.map(({progress, ...mission}) => mission)]);
    if (text !== made.drawn) made.element.replaceChildren(...drawnMissions(made, list, chosen));
    made.drawn = text;
    made.progress.textContent = list[chosen]?.progress ?? "";
  };
  return made;
}

function drawnMissions(made, list, chosen) {
  const solved = list.filter((mission) => mission.solved).length;
  const mission = list[chosen];
  const hint = mission?.hint && !mission.solved ? element("p", {class: "hint", hidden: ""}, mission.hint) : null;
  const head = element("div", {class: "mission-names"},
    element("h2", {}, "Missions ", element("small", {}, `${solved} of ${list.length} solved`)),
    list.map((one, i) => missionMark(made, one, i, i === chosen)),
    hint && hintButton(hint));
  const told = mission ? missionNow(made, mission, hint) : "Choose one: it ticks itself when it is done.";
  return [head, element("div", {class: "mission"}, told)];
}

function missionMark({change}, {question, solved}, i, isChosen) {
  const [text, label] = solved ? [`✓ ${i + 1}`, `${question} Solved.`] : [String(i + 1), question];
  const made = button(text, label, () => isChosen || change("mission", i));
  made.setAttribute("aria-pressed", isChosen);
  made.classList.toggle("solved", solved);
  return made;
}

function hintButton(hint) {
  const made = button("hint", "show or hide the hint", () => {
    hint.hidden = !hint.hidden;
    made.setAttribute("aria-pressed", !hint.hidden);
  });
  return made;
}

function missionNow({progress}, {task, explanation, solved, steps}, hint) {
  const told = element("p", {class: "task"}, task);
  if (!solved) return [told, hint, progress];
  const words = steps === null ? "✓ Solved. " : `✓ Solved in ${steps.toLocaleString("en")} steps. `;
  return [element("p", {class: "explanation"}, element("b", {class: "done"}, words), explanation), told, progress];
}

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
  const head = element("h2", {}, "Missions ", element("small", {}, `${solved} of ${list.length} solved`));
  const marks = list.map((mission, i) => missionMark(made, mission, i, i === chosen));
  const mission = list[chosen];
  const hint = mission?.hint && !mission.solved ? element("p", {class: "hint", hidden: ""}, mission.hint) : null;
  return [element("div", {class: "mission-names"}, head, marks, mission ? element("span", {}, mission.question) : null, hint && hintButton(hint)),
    element("div", {class: "mission"}, mission ? missionNow(made, mission, hint) : element("p", {}, "Choose one: it ticks itself when it is done."))];
}

function missionMark({change}, {question, solved}, i, isChosen) {
  const made = button(solved ? `✓ ${i + 1}` : String(i + 1), `${question}${solved ? " Solved." : ""}`, () => change("mission", isChosen ? null : i));
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
  const done = solved ? element("b", {class: "done"}, steps === null ? "✓ Solved. " : `✓ Solved in ${steps.toLocaleString("en")} steps. `) : null;
  const told = element("p", {class: "task"}, task);
  return solved ? [element("p", {class: "explanation"}, done, explanation), told, progress] : [told, hint, progress];
}

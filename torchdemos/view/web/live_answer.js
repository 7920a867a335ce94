// What the network answers now: a bar for each class, the largest in full ink.
import {percent} from "./digit_stage.js";
import {element} from "./dom.js";

export function liveAnswer() {
  const answer = {rows: []};
  answer.said = element("span");
  answer.judged = element("small");
  answer.list = element("div", {class: "shares", role: "img"});
  answer.element = element("section", {class: "live-answer"}, element("h2", {}, answer.said, answer.judged), answer.list);
  answer.show = (shares, label) => {
    answer.element.hidden = !shares?.length;
    if (shares?.length) showShares(answer, shares, label);
  };
  return answer;
}

function showShares(answer, shares, label) {
  if (answer.rows.length !== shares.length) {
    answer.rows = shares.map((_, i) => shareRow(i));
    answer.list.replaceChildren(...answer.rows.map(({element: row}) => row));
  }
  const most = shares.reduce((best, share, i) => (share > shares[best] || Number.isNaN(shares[best]) ? i : best), 0);
  const known = Number.isFinite(shares[most]);
  answer.rows.forEach(({element: row, bar, words}, i) => {
    row.className = `share${known && i === most ? " won" : ""}${i === label ? " right" : ""}`;
    bar.style.transform = `scaleX(${Number.isFinite(shares[i]) ? shares[i].toFixed(4) : 0})`;
    const text = !Number.isFinite(shares[i]) ? "–" : shares[i] >= 0.005 ? percent(shares[i]) : "";
    if (words.textContent !== text) words.textContent = text;
  });
  const verdict = most === label ? "right" : `it is a ${label}`;
  sayAnswer(answer, known ? `It says ${most}` : "It is not finite", known && label !== null ? verdict : "");
}

function sayAnswer({said, judged, list}, words, verdict) {
  if (said.textContent === words && judged.textContent === verdict) return;
  [said.textContent, judged.textContent] = [words, verdict];
  list.setAttribute("aria-label", [words, verdict].filter(Boolean).join(", "));
}

function shareRow(i) {
  const [bar, words] = [element("i"), element("small")];
  return {bar, words, element: element("div", {}, element("span", {}, String(i)), element("div", {}, bar), words)};
}

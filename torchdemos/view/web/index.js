// The tab of TensorBoard that answers.
import {answerView} from "./answer.js";
import {element} from "./dom.js";
import {followChanges} from "./changes.js";
import {followDarkMode, followReloads} from "./host.js";
import {httpSource} from "./http_source.js";
import {neuronsView} from "./neurons.js";
import {gradientsView} from "./gradients.js";

// TensorBoard calls this once the frame of the tab exists.
export async function render() {
  document.documentElement.lang = "en";
  const styles = ["style.css", "chart.css", "answer.css", "digit.css", "starts.css", "loss_curve.css", "valley.css", "chain.css", "health.css"].map((file) => element("link", {rel: "stylesheet", href: `static/${file}`}));
  const styled = Promise.all(styles.map(loaded));
  document.head.append(...styles);
  followDarkMode();
  const source = httpSource();
  const views = {
    "Answer": answerView(source), "Neurons": neuronsView(source), "Gradient flow": gradientsView(source),
  };
  const page = element("main", {class: "tab"});
  document.body.append(page);
  const tabs = tabsOf(source, views, page);
  await followChanges(source.changes, tabs.refresh);
  await styled; // pictures ask how wide they are
  tabs.begin("Answer");
  followReloads(tabs.refresh);
}

function loaded(style) {
  return new Promise((done) => ["load", "error"].forEach((end) => style.addEventListener(end, done)));
}

function tabsOf(source, views, page) {
  let current = null;
  const tabOf = (name) => element("button", {role: "tab", type: "button", onclick: () => open(name)}, name);
  const buttons = Object.keys(views).map(tabOf);
  const problem = element("p", {class: "problem", role: "alert"});
  const remarks = element("div", {class: "remarks"});
  const body = element("div", {role: "tabpanel"});
  page.append(element("nav", {role: "tablist", "aria-label": "views"}, buttons), problem, remarks, body);
  async function refresh() {
    const name = current;
    if (name === null) return;
    let [said, told] = ["", []];
    try {
      await views[name].refresh();
      told = await source.remarks();
    } catch (error) {
      said = `TensorBoard does not answer: ${error.message}`;
    }
    if (name !== current) return; // the reader went on
    problem.textContent = said;
    if (!said) remarks.replaceChildren(...told.map((words) => element("p", {class: "problem"}, words)));
  }
  function open(name) {
    current = name;
    buttons.forEach((one) => one.setAttribute("aria-selected", one.textContent === name));
    body.replaceChildren(views[name].element);
    refresh();
  }
  function begin(name) {
    if (current === null) open(name); // unless the reader was faster
  }
  return {begin, refresh};
}

// The report: puts charts, pictures and views into their places on the page.
import {answerView} from "./answer.js";
import {chart} from "./chart.js";
import {element} from "./dom.js";
import {embeddedSource} from "./embedded_source.js";
import {gradientsView} from "./gradients.js";
import {neuronsView} from "./neurons.js";
import {openForPrint} from "./paper.js";
import {slides} from "./slides.js";
import {themeButton} from "./theme.js";

const VIEWS = {answer: answerView, neurons: neuronsView, gradients: gradientsView};

function fillExhibit(exhibit, data) {
  const places = (kind) => exhibit.querySelectorAll(`[data-${kind}]`);
  places("charts").forEach((place) => place.append(chartWithTag(data.charts[place.dataset.charts])));
  places("cards").forEach((place) => place.append(slides(data.cards[place.dataset.cards])));
  places("view").forEach((place) => {
    const view = VIEWS[place.dataset.view](embeddedSource(data));
    place.replaceChildren(view.element);
    view.refresh().catch((error) => place.append(element("p", {class: "problem"}, error.message)));
  });
}

function chartWithTag(content) {
  const made = chart(content);
  made.title = content.tag;
  return made;
}

function fillReport() {
  const data = JSON.parse(document.getElementById("data").textContent);
  document.body.prepend(themeButton());
  openForPrint(document.body);
  document.querySelectorAll(".exhibit").forEach((exhibit, i) => fillExhibit(exhibit, data[i]));
  document.documentElement.dataset.ready = "true";
}

fillReport();

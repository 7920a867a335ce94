// The report: puts charts, pictures and views into their places on the page.
import {answerView} from "./answer.js";
import {chart} from "./chart.js";
import {drawnOrNamed, element} from "./dom.js";
import {embeddedSource} from "./embedded_source.js";
import {gradientsView} from "./gradients.js";
import {neuronsView} from "./neurons.js";
import {openForPrint} from "./paper.js";
import {slides} from "./slides.js";
import {themeButton} from "./theme.js";

const VIEWS = {answer: answerView, neurons: neuronsView, gradients: gradientsView};

function fillExhibit(exhibit, data) {
  const places = (kind) => exhibit.querySelectorAll(`[data-${kind}]`);
  places("charts").forEach((place) => place.append(pictureOrName(data.charts[place.dataset.charts], chartWithTag)));
  places("cards").forEach((place) => place.append(pictureOrName(data.cards[place.dataset.cards], slides)));
  places("view").forEach((place) => {
    const view = VIEWS[place.dataset.view](embeddedSource(data));
    place.replaceChildren(view.element);
    view.refresh().catch((error) => place.append(element("p", {class: "problem"}, error.message)));
  });
}

function pictureOrName(content, draw) {
  return drawnOrNamed(content?.title, () => draw(content));
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

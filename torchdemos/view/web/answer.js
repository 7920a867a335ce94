// The Answer view: the question, the answer, one large picture that moves, smaller ones, and what to try next.
import {card, heading} from "./cards.js";
import {button, element} from "./dom.js";
import {emphasized} from "./draw.js";
import {HEROES} from "./heroes.js";

const NOTHING = "This log has no answers: no demo of torchdemos and no watched model wrote it. TensorBoard's own tabs " +
  "show what it holds. Run “torchdemos neurons”, or watch your own model with watch(model, \"logs/mine\").";
const COLUMNS = ["claim", "predicted", "measured", "agrees"];

// {element, refresh()}: `refresh` reads the log as it is now and draws what is new.
export function answerView(source) {
  const view = {source, chosen: null, drawn: "", shown: element("div", {class: "answers"})};
  return {element: view.shown, refresh: () => refreshAnswers(view)};
}

async function refreshAnswers(view) {
  const entries = await view.source.answers();
  const [only] = entries;
  const chosen = entries.find((entry) => same(entry, view.chosen)) ?? (entries.length === 1 ? only : null);
  const content = chosen ? await view.source.answer(chosen.run, chosen.prefix) : entries;
  const text = JSON.stringify([chosen, content]);
  if (text === view.drawn) return; // what the reader has dragged and opened stays
  view.drawn = text;
  const open = (entry) => {
    view.chosen = entry;
    return refreshAnswers(view);
  };
  view.shown.replaceChildren(chosen ? pageOf(content, chosen, entries, open) : listOf(entries, open));
}

function same(one, other) {
  return Boolean(one && other) && one.run === other.run && one.prefix === other.prefix;
}

export function pageOf(page, chosen, entries = [chosen], open = null) {
  const {hero, cards, now_try: next, claims} = page;
  const picture = HEROES[hero.kind];
  return element("article", {class: "answer", "data-hero": hero.kind ?? "none"},
    entries.length > 1 ? element("p", {class: "crumbs"}, button("‹ all answers", "all answers", () => open(null)),
      element("small", {}, chosen.run)) : null,
    element("h1", {}, page.question),
    element("p", {class: "said"}, emphasized(page.answer)),
    picture ? element("div", {class: "hero"}, picture(hero)) : null,
    cards.length || next?.command ? element("div", {class: "cards"}, cards.map(card), nowTry(next, claims)) : table(claims));
}

function nowTry(next, claims) {
  return element("section", {class: "try"}, next?.command ? [heading("Now try"), element("code", {}, next.command),
    element("p", {}, emphasized(next.expect))] : [], table(claims));
}

function table(claims) {
  if (!claims.length) return null;
  const agreeing = claims.filter(({agrees}) => agrees === "yes").length;
  const rows = claims.map((claim) => element("tr", {}, COLUMNS.map((name) => element("td", {}, claim[name] ?? ""))));
  return element("details", {class: "measured"},
    element("summary", {}, `Measured against predicted: ${agreeing} of ${claims.length} agree`),
    element("div", {class: "wide"}, element("table", {}, element("tr", {}, COLUMNS.map((name) => element("th", {}, name))), rows)));
}

function listOf(entries, open) {
  if (!entries.length) return element("p", {class: "problem", "data-problem": "true"}, NOTHING);
  const item = (entry) => element("li", {}, element("button", {type: "button", onclick: () => open(entry)},
    element("b", {}, entry.question), element("small", {}, entry.run)), element("p", {}, emphasized(entry.answer)));
  return element("article", {class: "answer"}, element("h1", {}, `${entries.length} answers`),
    element("ul", {class: "entries"}, entries.map(item)));
}

// The Answer view: the question, the answer, one large picture that moves, smaller ones, and what to try next.
import {card, heading} from "./cards.js";
import {button, drawnOrNamed, element} from "./dom.js";
import {emphasized} from "./draw.js";
import {HEROES} from "./heroes.js";
import {recall, remember} from "./kept.js";
import {withoutMotion} from "./motion.js";

const NOTHING = "There is nothing in this log yet. TensorBoard may still be reading it, and this page looks again by " +
  "itself.";
const COLUMNS = ["claim", "predicted", "measured", "agrees"];

// {element, refresh()}: `refresh` reads the log as it is now and draws what is new.
export function answerView(source) {
  const view = {source, chosen: null, drawn: "", hero: null, shown: element("div", {class: "answers"})};
  return {element: view.shown, refresh: () => refreshAnswers(view)};
}

async function refreshAnswers(view) {
  const entries = await view.source.answers();
  const chosen = entries.find((entry) => same(entry, view.chosen)) ?? (entries.length === 1 ? entries[0] : null);
  const content = chosen ? await view.source.answer(chosen.run, chosen.prefix) : null;
  await released(view.shown);
  const text = JSON.stringify([chosen, content, entries]);
  if (text === view.drawn) return; // what the reader has dragged and opened stays
  view.drawn = text;
  const open = (entry) => {
    view.chosen = entry;
    return refreshAnswers(view);
  };
  const back = entries.length > 1 ? open : null;
  replaceKeeping(view.shown, () => (chosen ? pageOf(view, content, chosen, back) : listOf(view.source, entries, open)));
}

// The same place in the page, the same focus and the same choices as before.
function replaceKeeping(shown, draw) {
  const [kept, focused, scrolled] = [remember(shown), document.activeElement, scrollY];
  shown.replaceChildren(draw());
  withoutMotion(() => recall(kept, shown));
  if (shown.contains(focused)) focused.focus({preventScroll: true});
  requestAnimationFrame(() => scrollTo(scrollX, scrolled)); // boxes are empty until they know their width
}

// Nothing moves away under a finger or a mouse button that is down.
function released(shown) {
  return shown.querySelector("input:active, .drawing:active")
    ? new Promise((resolve) => addEventListener("pointerup", resolve, {once: true})) : null;
}

function same(one, other) {
  return Boolean(one && other) && one.run === other.run && one.prefix === other.prefix;
}

function pageOf(view, page, chosen, open) {
  const {cards, now_try: next, claims} = page;
  return element("article", {class: "answer", "data-hero": page.hero.kind ?? "none", "data-run": chosen.run},
    open ? element("p", {class: "crumbs"}, button("‹ all answers", "all answers", () => open(null)),
      element("small", {}, nameOfEntry(chosen))) : null,
    element("h1", {}, page.question),
    element("p", {class: "said"}, emphasized(page.answer)),
    drawnOrNamed("This picture", () => heroOf(view, page.hero, chosen)),
    cards.length || next?.command
      ? element("div", {class: "cards"}, cards.map((one) => drawnOrNamed(one.title, () => card(one))), nowTry(next, claims))
      : table(claims),
    ownCards(view.source, chosen.run));
}

// A picture whose numbers have not changed stays as it is, with all that the reader has done to it. One that has only
// grown is drawn anew without motion.
function heroOf(view, hero, {run, prefix}) {
  if (!HEROES[hero.kind]) return null;
  const [place, text] = [JSON.stringify([run, prefix, hero.kind]), JSON.stringify(hero)];
  if (view.hero?.place !== place || view.hero.text !== text) {
    const draw = () => element("div", {class: "hero"}, HEROES[hero.kind](hero));
    view.hero = {place, text, element: view.hero?.place === place ? withoutMotion(draw) : draw()};
  }
  return view.hero.element;
}

// TensorBoard's Time Series with the cards of this run pinned, which only the tab can lead to.
function ownCards(source, run) {
  if (!source.cards) return null;
  const link = element("a", {href: source.cards(run), target: "_top"}, "TensorBoard’s own cards");
  return element("p", {class: "more"}, link);
}

function nowTry(next, claims) {
  return element("section", {class: "try"}, next?.command ? [heading("Now try"), element("code", {}, next.command),
    element("p", {}, emphasized(next.expect))] : [], table(claims));
}

function table(claims) {
  if (!claims.length) return null;
  const agreeing = claims.filter(({agrees}) => agrees === "yes").length;
  const cells = (tag, texts) => COLUMNS.map((name) => element(tag, {class: name}, texts(name)));
  const rows = claims.map((claim) => element("tr", {}, cells("td", (name) => claim[name] ?? "")));
  return element("details", {class: "measured"},
    element("summary", {}, `Measured against predicted: ${agreeing} of ${claims.length} agree`),
    element("div", {class: "wide"}, element("table", {}, element("tr", {}, cells("th", (name) => name)), rows)));
}

// The newest answers with what they say; older runs are folded.
function listOf(source, entries, open) {
  if (!entries.length) return element("p", {class: "problem", "data-problem": "true"}, NOTHING);
  const item = (entry) => element("li", {}, element("button", {type: "button", onclick: () => open(entry)},
    element("b", {}, entry.question || nameOfEntry(entry)),
    element("small", {}, entry.question ? nameOfEntry(entry) : "")),
    entry.answer ? element("p", {}, emphasized(entry.answer)) : null);
  const list = (chosen) => element("ul", {class: "entries"}, chosen.map(item));
  const [newest, older] = [false, true].map((wanted) => entries.filter((entry) => entry.older === wanted));
  const counted = (count, what) => (count === 1 ? `1 ${what}` : `${count} ${what}s`);
  return element("article", {class: "answer"}, element("h1", {}, counted(newest.length, "answer")), list(newest),
    older.length ? element("details", {class: "older", "aria-label": "older runs"},
      element("summary", {}, counted(older.length, "older run")), list(older)) : null,
    ownCards(source, null));
}

function nameOfEntry({run, prefix}) {
  return [run === "." ? "" : run, prefix].filter(Boolean).join(": ");
}

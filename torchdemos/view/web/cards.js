// The small pictures under the fold of an answer.
import {axis} from "./axes.js";
import {element} from "./dom.js";
import {canvas, dot, drawing, line, linear, path, words} from "./draw.js";
import {maps} from "./map_card.js";

const CARD_HEIGHT = 170;
const NAME_GAP = 14; // pixels between the names of two lines

const CARD_KINDS = {lines, bars, maps};

export function card({title, condition, about, kind, data}) {
  const drawn = CARD_KINDS[kind] ? drawing((width) => CARD_KINDS[kind](data, width, title), {}, title) : null;
  return element("section", {class: "card-of-answer", "data-kind": kind}, heading(title, condition), drawn,
    about ? element("p", {class: "note"}, about) : null);
}

export function heading(title, condition) {
  return element("h2", {}, title, condition ? element("small", {}, ` ${condition}`) : null);
}

// {series: [{name, points: [[x, y]], colour, dashed}], x, log, low, high, marks: [[value, text]]}: lines that are named
// at their ends. Values beyond [low, high] are drawn at the edge.
export function lines({series, x = "step", log = false, low, high, marks = []}, width, title) {
  const right = Math.max(...series.map(({name}) => (name ?? "").length), ...marks.map(([, text]) => text.length), 0) * 7 + 24;
  const clamp = (y) => Math.max(low ?? -Infinity, Math.min(high ?? Infinity, y));
  const shown = series.map((one) => ({...one, points: one.points.filter(([, y]) => y !== null).map(([at, y]) => [at, clamp(y)])}));
  const ys = shown.flatMap(({points}) => points.map(([, y]) => y)).concat(marks.map(([value]) => value));
  const up = axis(low === undefined ? ys : [...ys, low, high], {log, air: 0.04, most: 4});
  const start = Math.max(...up.ticks.map(([, text]) => text.length), 2) * 7 + 8;
  const across = axis(shown.flatMap(({points}) => points.map(([at]) => at)), {most: 4});
  const left = (value) => start + across.place(value) * (width - right - start);
  const top = (value) => CARD_HEIGHT - 30 - up.place(value) * (CARD_HEIGHT - 38);
  const grid = up.ticks.flatMap(([value, text]) => [
    line(start, top(value), width - right, top(value), {class: "grid"}), words(start - 5, top(value) + 4, text, "e q")]);
  const ticks = across.ticks.map(([value, text]) => words(left(value), CARD_HEIGHT - 15, text, "m q"));
  const marked = marks.flatMap(([value, text]) => [
    line(start, top(value), width - right, top(value), {stroke: "var(--ink)", "stroke-dasharray": "5 4"}),
    words(width - right + 6, top(value) + 4, text, "q")]);
  const drawn = shown.filter(({points}) => points.length).flatMap(({points, colour = "var(--ink)", dashed}) => [
    path(points.map(([at, y]) => [left(at), top(y)]),
      {stroke: colour, "stroke-width": dashed ? 1.2 : 2, "stroke-dasharray": dashed ? "5 4" : ""})]);
  return canvas(width, CARD_HEIGHT, `${title}: ${series.map(({name}) => name).join(", ")}`, grid, ticks,
    words((start + width - right) / 2, CARD_HEIGHT - 1, x, "m q"), marked, drawn, names(shown, top, width - right, CARD_HEIGHT - 34));
}

// The name of each line at its end. Names keep apart, and above `bottom` as far as there is room.
export function names(series, top, right, bottom = Infinity) {
  const ends = series.filter(({name, points}) => name && points.length)
    .map(({name, colour, points}) => ({name, colour, y: top(points.at(-1)[1])})).sort((one, other) => one.y - other.y);
  ends.forEach((end, i) => { if (i) end.y = Math.max(end.y, ends[i - 1].y + NAME_GAP); });
  ends.toReversed().forEach((end, i) => { end.y = Math.min(end.y, bottom - i * NAME_GAP); });
  return ends.flatMap(({name, colour, y}) => [dot(right + 8, y, 4, colour), words(right + 16, y + 4, name)]);
}

// {bars: [{name, value, text, colour}], most, mark: [value, text]}: one bar in a row, `text` behind it.
export function bars({bars: rows, most, mark = null}, width, title) {
  const start = Math.max(...rows.map(({name}) => name.length)) * 7 + 10;
  const across = linear(0, most ?? Math.max(...rows.map(({value}) => value ?? 0)), start, width - 70);
  const height = rows.length * 26 + (mark ? 18 : 4);
  const drawn = rows.flatMap(({name, value, text, colour = "var(--ink)"}, i) => {
    const end = across(value ?? 0);
    return [words(0, i * 26 + 17, name), path([[start, i * 26 + 13], [end, i * 26 + 13]], {stroke: colour, "stroke-width": 16}),
      words(end + 6, i * 26 + 17, text, "b")];
  });
  const marked = mark ? [line(across(mark[0]), 0, across(mark[0]), height - 16, {stroke: "var(--ink)", "stroke-dasharray": "4 3"}),
    words(across(mark[0]), height - 3, mark[1], "m q")] : [];
  return canvas(width, height, `${title}: ${rows.map(({name, text}) => `${name} ${text}`).join(", ")}`, drawn, marked);
}

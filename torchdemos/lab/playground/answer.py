"""What a session answers: what the loss did beyond the mark and below it, and the pictures that show it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from torchdemos.lab.playground.course import Course, Stretch
from torchdemos.log import answers, colours

QUESTION = "What happens to a training while somebody turns its knobs?"
MOST_LINES, LONGEST_NAME = 5, 18  # networks in the picture of the loss, and letters of their names
SIDES = {1: "beyond", -1: "below"}
ABOUT_LOSS = "A line ends where the loss is not finite any more."
ABOUT_RATE = "In units of the mark, 2/lambda. Beyond 1 each step leads farther away than it began."
EXPECT = "Every network of the newest session trains again, with every change at its step, and ends in the same bits."


class Told(NamedTuple):
    """A stretch that the answer tells of, and whose it is."""

    course: Course
    stretch: Stretch


def page(courses: Sequence[Course], verdict: str) -> answers.Page:
    """The page of the Answer view; `verdict` is said behind what the loss did."""
    chosen = told(courses)
    return {
        "question": QUESTION,
        "answer": " ".join(filter(None, [said(chosen), verdict])),
        "hero": {},
        "cards": _cards(courses, chosen[0].course) if chosen else [],
        "now_try": {"command": "torchdemos replay", "expect": EXPECT},
        "claims": [],
    }


def told(courses: Iterable[Course]) -> list[Told]:
    """What rose most beyond its mark, and what fell most below it: of one network, if one was on both sides."""
    found = [Told(own, part) for own in courses for part in own.stretches if not math.isnan(part.growth)]
    beyond, below, unmarked = ([one for one in found if one.stretch.side == side] for side in (1, -1, 0))
    returned = [one for one in beyond if any(other.course is one.course for other in below)]
    risen = max(returned or beyond, key=_growth, default=None)
    same = [one for one in below if risen and one.course is risen.course]
    fallen = min(same or below, key=_growth, default=None)
    return [one for one in (risen, fallen) if one] or unmarked[-1:]


def said(chosen: Sequence[Told]) -> str:
    """That in a sentence, with its numbers; empty where no network took two steps."""
    if not chosen:
        return ""
    first, *others = (one.stretch for one in chosen)
    rates = "a learning rate" if first.low == first.high else "learning rates"
    words = f"At {rates} of {_rates(first)}{_side(first, '')}, the loss went {_course(first)}"
    also = [f"; at {_rates(own)}{_side(own, _mark(first))}, {_course(own)}" for own in others]
    return f"{words}{''.join(also)}."


def _growth(one: Told) -> float:
    return one.stretch.growth


def _rates(own: Stretch) -> str:
    return " to ".join(f"**{rate:.3g}**" for rate in dict.fromkeys((own.low, own.high)))


def _mark(own: Stretch) -> str:
    return f"the mark of **{own.mark:.3g}**"


def _side(own: Stretch, known: str) -> str:
    """Where the rate stood to its mark; one that is known already is `it`."""
    return f", {SIDES[own.side]} {'it' if _mark(own) == known else _mark(own)}" if own.side else ""


def _course(own: Stretch) -> str:
    end = f"**{_number(own.last)}**" if own.broke_at is None else f"not finite, at step **{own.broke_at:,}**"
    return f"from **{_number(own.first)}** to {end}"


def _cards(courses: Sequence[Course], main: Course) -> list[answers.Card]:
    """Loss and learning rate of the network that the answer tells of, and the losses of the latest ones."""
    shades = colours.of_runs(own.name for own in courses)
    latest = courses[-MOST_LINES:]
    of = f"the latest {len(latest)} of {len(courses)} networks" if len(latest) < len(courses) else "all networks"
    others = [_card("Losses", of, "", [_line(own, shades) for own in latest])] if len(courses) > 1 else []
    return [_card("Loss", main.words, ABOUT_LOSS, [{**_line(main, shades), "name": ""}]), _rate(main), *others]


def _line(own: Course, shades: Mapping[str, str]) -> Mapping[str, Any]:
    name = own.words if len(own.words) <= LONGEST_NAME else f"{own.words[: LONGEST_NAME - 1]}…"
    points = [[point.step, answers.short(point.loss)] for point in own.points]
    return {"name": name, "colour": shades[own.name], "points": points}


def _rate(main: Course) -> answers.Card:
    """The learning rate of this network; in units of its mark as far as it has one."""
    marked = [[point.step, answers.short(point.multiple)] for point in main.points if not math.isnan(point.multiple)]
    points = marked or [[point.step, answers.short(point.rate)] for point in main.points]
    line = {"name": "", "points": points, "colour": "var(--ink)"}
    about, marks = (ABOUT_RATE, [[1, "the mark"]]) if marked else ("", [])
    return _card("Learning rate", main.words, about, [line], marks=marks)


def _card(title: str, condition: str, about: str, series: Sequence[Mapping[str, Any]], **more: Any) -> answers.Card:
    data = {"series": series, "log": True, **more}
    return {"title": title, "condition": condition, "about": about, "kind": "lines", "data": data}


def _number(value: float) -> str:
    """Three digits, and a power of ten as people write it."""
    digits, _, power = f"{value:.3g}".partition("e")
    return f"{digits}·10{answers.raised(str(int(power)))}" if power else digits

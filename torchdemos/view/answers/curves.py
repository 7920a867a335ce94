"""Curves of a log's scalars as cards of an answer."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from torchdemos.log import colours
from torchdemos.log.answers import Card, short
from torchdemos.view import profiles
from torchdemos.view.events import LoggedRun
from torchdemos.view.thinning import evenly_spaced

MAX_LINES, MAX_POINTS, MAX_NAME = 7, 100, 18  # of one card; a name longer than that leaves the curves no room


def cards(runs: Mapping[str, LoggedRun], tags: Sequence[str]) -> list[Card]:
    """A card for each of these tags that has a curve, with a line for each measured run, seven at most."""
    measured = {name: run for name, run in runs.items() if not profiles.is_theory(name)}
    shades = colours.of_runs(measured)
    found = {tag: [name for name, run in measured.items() if _is_curve(run, tag)] for tag in tags}
    return [_card(tag, names, measured, shades) for tag, names in found.items() if names]


def _card(tag: str, names: Sequence[str], runs: Mapping[str, LoggedRun], shades: Mapping[str, str]) -> Card:
    group, _, title = tag.rpartition("/")
    lines = [_line(name, runs[name].scalars[tag], shades[name]) for name in names[:MAX_LINES]]
    return {
        "title": title.replace("_", " ").capitalize(),
        "condition": "" if group[:1].isdigit() else group,  # `1_overview` says nothing; of others there may be several
        "about": "",
        "kind": "lines",
        "data": {"series": lines},
    }


def _line(name: str, points: profiles.Points, colour: str) -> dict[str, Any]:
    last = re.sub(r"^\d+_", "", name.rpartition("/")[2])
    called = "" if last == "." else last if len(last) <= MAX_NAME else f"{last[: MAX_NAME - 1]}…"
    drawn = [[step, short(y) if math.isfinite(y) else None] for step, y in evenly_spaced(points, MAX_POINTS)]
    return {"name": called, "points": drawn, "colour": colour}


def _is_curve(run: LoggedRun, tag: str) -> bool:
    """Whether there are two numbers to draw a line between."""
    return sum(math.isfinite(value) for _, value in run.scalars.get(tag, ())) > 1

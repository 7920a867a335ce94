"""The smaller pictures of a watched model: how far steps move its weights, and what becomes of the signal."""

import math
from collections.abc import Mapping
from typing import Any

from torchdemos.log.answers import Card, short
from torchdemos.view.answers.by_layer import ByLayer
from torchdemos.view.answers.powers import LARGEST
from torchdemos.view.looks import ByStep, Looks
from torchdemos.view.thinning import evenly_spaced

MAX_LINES, MAX_POINTS, MAX_NAME = 5, 60, 16
WIDE = 100  # the largest value by the smallest, beyond which an axis is logarithmic


def of(looks: Looks, layers: ByLayer, colour: str) -> list[Card]:
    """A card for each that the log tells of."""
    return [card for card in (_updates(layers), _signal(looks, colour)) if card]


def _updates(layers: ByLayer) -> Card | None:
    drawn = {name: _powers(row) for name, row in layers.updates.items()}
    rows = {name: row for name, row in drawn.items() if len(row) > 1}
    if not rows:
        return None
    shown = evenly_spaced(list(rows), MAX_LINES)
    places = evenly_spaced(range(7), len(shown)) if len(shown) > 1 else [1]
    series = [_line(name, rows[name], f"var(--depth-{place})") for name, place in zip(shown, places, strict=True)]
    return {
        "title": "How far a step moves the weights",
        "condition": f"{len(shown)} of {len(rows)} layers" if len(shown) < len(rows) else "update / weight",
        "about": "About 10⁻³ is usual. Above 10⁻¹ the step is too large, below 10⁻⁵ the layer hardly learns.",
        "kind": "lines",
        "data": {"series": series, "log": True, "marks": [[1e-3, "usual"]]},
    }


def _signal(looks: Looks, colour: str) -> Card | None:
    steps = [step for step in looks.steps if any(step in row for row in looks.outputs.values())]
    if not steps or len(looks.outputs) < 2:
        return None
    spread = {step: [row.get(step, 0.0) for row in looks.outputs.values()] for step in (steps[0], steps[-1])}
    rows = {
        step: {place: value for place, value in enumerate(values, 1) if 0 < value < math.inf}
        for step, values in spread.items()
    }
    rows = {step: row for step, row in rows.items() if len(row) > 1}
    if not rows:
        return None
    values = [value for row in rows.values() for value in row.values()]
    return {
        "title": "Signal by layer",
        "condition": "standard deviation of its output",
        "about": "Much the same in all layers is healthy: the signal neither dies out nor blows up.",
        "kind": "lines",
        "data": {
            "series": [
                {**_line(f"step {step}", row, colour), "dashed": step != steps[-1]} for step, row in rows.items()
            ],
            "x": "layer",
            "log": max(values) > WIDE * min(values),
        },
    }


def _powers(logs: ByStep) -> dict[int, float]:
    """Ten to these powers, without those that no float holds."""
    return {step: 10**log for step, log in logs.items() if abs(log) < LARGEST}


def _line(name: str, points: ByStep | Mapping[int, float], colour: str) -> dict[str, Any]:
    called = name if len(name) <= MAX_NAME else f"…{name[1 - MAX_NAME :]}"
    drawn = [[step, short(points[step], 4)] for step in evenly_spaced(sorted(points), MAX_POINTS)]
    return {"name": called, "points": drawn, "colour": colour}

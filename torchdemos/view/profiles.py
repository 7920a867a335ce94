"""Gradient norms by layer and step, from the scalars of an event file."""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypedDict

from torchdemos.log.call_order import by_call
from torchdemos.log.tags import GRADIENT_NORM
from torchdemos.view.thinning import evenly_spaced

MAX_STEPS = 300

Points = Sequence[tuple[int, float]]
Matrix = list[list[float | None]]


class Profile(TypedDict):
    """log10 of the gradient norms [layers][steps], measured and predicted; None where there is no finite number."""

    layers: list[str]
    steps: list[int]
    log10: Matrix
    predicted: Matrix | None


def profile(
    measured: Mapping[str, Points],
    predicted: Mapping[str, Points] | None = None,
    most: int = MAX_STEPS,
    texts: Mapping[str, str] | None = None,
) -> Profile:
    """The logged norms {tag: [(step, log10)]} of one model, sorted by layer and step, at no more than `most` steps.

    Layers are in call order, of which `texts` of the same run may tell more than their numbers.
    The prediction has the same tags. In the result it is None if it has no point at any of these steps.
    """
    tags = by_call(measured, texts or {})
    steps = list(evenly_spaced(sorted({step for points in measured.values() for step, _ in points}), most))
    theory = _matrix(predicted or {}, tags, steps)
    return {
        "layers": [layer(tag) for tag in tags],
        "steps": steps,
        "log10": _matrix(measured, tags, steps),
        "predicted": theory if any(value is not None for row in theory for value in row) else None,
    }


def models(tags: Iterable[str]) -> dict[str, list[str]]:
    """The gradient tags of each model in a run, by the model's prefix, which may be ""."""
    found: dict[str, list[str]] = {}
    for tag in tags:
        group, slash, _ = tag.partition("/")
        if slash and (group == GRADIENT_NORM or group.endswith(f"_{GRADIENT_NORM}")):
            found.setdefault(group[: -len(GRADIENT_NORM)].removesuffix("_"), []).append(tag)
    return found


def theory_of(run: str, runs: Collection[str]) -> str | None:
    """The run among `runs` that predicts this one, as `0.theory` predicts `0_vanish`; None if there is none."""
    folder, name = run.rpartition("/")[::2]
    number = re.match(r"\d+(?=_)", name)
    theory = f"{folder}/{number[0]}.theory".removeprefix("/") if number else None
    return theory if theory in runs else None


def is_theory(run: str) -> bool:
    return run.endswith(".theory")


def layer(tag: str) -> str:
    """`fc1` from `2_grad_norm_log10/00_fc1`."""
    return re.sub(r"^\d+_", "", tag.partition("/")[2])


def _matrix(points: Mapping[str, Points], tags: Sequence[str], steps: Sequence[int]) -> Matrix:
    rows = [dict(points.get(tag, ())) for tag in tags]
    return [[_finite(row.get(step)) for step in steps] for row in rows]


def _finite(value: float | None) -> float | None:
    return round(value, 4) if value is not None and math.isfinite(value) else None

"""Gradient norms as layers x steps, out of the scalars of an event file."""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypedDict

GRADIENT_NORM = "2_grad_norm_log10"

Points = Sequence[tuple[int, float]]
Matrix = list[list[float | None]]


class Profile(TypedDict):
    """log10 of the gradient norm of each layer [layers][steps], None where there is none; and what theory says."""

    layers: list[str]
    steps: list[int]
    log10: Matrix
    predicted: Matrix | None


def profile(measured: Mapping[str, Points], predicted: Mapping[str, Points] | None = None, most: int = 300) -> Profile:
    """Sort the logged norms {tag: [(step, log10)]} of one model by layer and step, at no more than `most` steps.

    The prediction has the same tags; it is None in the result if none of its points is at one of the steps.
    """
    tags = sorted(measured, key=_place)
    steps = thinned(sorted({step for points in measured.values() for step, _ in points}), most)
    theory = _matrix(predicted or {}, tags, steps)
    return {
        "layers": [layer(tag) for tag in tags],
        "steps": steps,
        "log10": _matrix(measured, tags, steps),
        "predicted": theory if any(value is not None for row in theory for value in row) else None,
    }


def models(tags: Iterable[str]) -> dict[str, list[str]]:
    """The gradient tags of each model in a run, by the model's prefix: "" for one that has none."""
    found: dict[str, list[str]] = {}
    for tag in tags:
        group, slash, _ = tag.partition("/")
        if slash and (group == GRADIENT_NORM or group.endswith(f"_{GRADIENT_NORM}")):
            found.setdefault(group[: -len(GRADIENT_NORM)].removesuffix("_"), []).append(tag)
    return found


def theory_of(run: str, runs: Collection[str]) -> str | None:
    """The run that predicts this one, out of `runs`: `0.theory` beside `0_vanish`; None if there is none."""
    folder, name = run.rpartition("/")[::2]
    number = re.match(r"\d+(?=_)", name)
    theory = f"{folder}/{number[0]}.theory".removeprefix("/") if number else None
    return theory if theory in runs else None


def is_theory(run: str) -> bool:
    return run.endswith(".theory")


def layer(tag: str) -> str:
    """`fc1` out of `2_grad_norm_log10/00_fc1`."""
    return re.sub(r"^\d+_", "", tag.partition("/")[2])


def thinned(steps: Sequence[int], most: int) -> list[int]:
    """At most `most` of the steps at even distances, the first and the last among them."""
    if len(steps) <= most:
        return list(steps)
    return [steps[round(i * (len(steps) - 1) / (most - 1))] for i in range(most)]


def _place(tag: str) -> tuple[float, str]:
    number = re.match(r"\d+", tag.partition("/")[2])
    return (int(number[0]) if number else math.inf, tag)


def _matrix(points: Mapping[str, Points], tags: Sequence[str], steps: Sequence[int]) -> Matrix:
    rows = [dict(points.get(tag, ())) for tag in tags]
    return [[_finite(row.get(step)) for step in steps] for row in rows]


def _finite(value: float | None) -> float | None:
    return round(value, 4) if value is not None and math.isfinite(value) else None

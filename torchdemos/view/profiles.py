"""Gradient norms by layer and step, from the scalars of an event file."""

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypedDict

from torchdemos.log import listing
from torchdemos.log.call_order import by_call
from torchdemos.log.tags import (
    ACTIVATION_STD,
    GRADIENT_NORM,
    GRADIENT_SUMMARY,
    NONFINITE_GRADIENT,
    ZERO_GRADIENT,
    prefixed,
)
from torchdemos.view.thinning import evenly_spaced

MAX_STEPS = 300
ZERO, NOT_FINITE = "zero", "not finite"
OF_GRADIENTS = (GRADIENT_NORM, ZERO_GRADIENT, NONFINITE_GRADIENT)
GROUP = re.compile(rf"(?:(.+)_)?({'|'.join((*OF_GRADIENTS, ACTIVATION_STD))})")
IN_EVERY_LOOK = re.compile(rf"(?:(.+)_)?{GRADIENT_SUMMARY}/(?:total|total_added)")  # one of them, whatever else is

Points = Sequence[tuple[int, float]]
Cell = float | str | None
Matrix = list[list[Cell]]


class Profile(TypedDict):
    """log10 of the gradient norms [layers][steps], measured and predicted.

    Where there is no such number a cell is "zero" for a gradient of exactly 0, "not finite", or None if no gradient
    was logged: nobody asked for that layer's gradient, or the layer was not called. `kinds` says what each layer is, as
    in "Linear 20 → 64", if the log tells it.
    """

    layers: list[str]
    kinds: list[str]
    steps: list[int]
    log10: Matrix
    predicted: Matrix | None


def profile(
    measured: Mapping[str, Points],
    predicted: Mapping[str, Points] | None = None,
    most: int = MAX_STEPS,
    texts: Mapping[str, str] | None = None,
) -> Profile:
    """What was logged of the gradients of one model, by layer and step, at no more than `most` steps.

    `measured` are the points under the tags that `models` gives. Every layer has a row, also one whose gradient is
    always 0. Layers are in call order, of which `texts` of the same run may tell more than their numbers. The
    prediction has the same tags. In the result it is None if it has no point at any of these steps.
    """
    gradients = Gradients(measured, texts or {})
    steps = list(evenly_spaced(gradients.steps, most))
    theory = [_numbers(dict((predicted or {}).get(tag, ())), steps) for tag in gradients.tags]
    return {
        "layers": [layer(tag) for tag in gradients.tags],
        "kinds": [gradients.kinds.get(tag.partition("/")[2], "") for tag in gradients.tags],
        "steps": steps,
        "log10": [[gradients.cell(tag, step) for step in steps] for tag in gradients.tags],
        "predicted": theory if any(value is not None for row in theory for value in row) else None,
    }


class Gradients:
    """The gradients of one model as they were logged: `tags` are those of their norms, one for each layer."""

    def __init__(self, measured: Mapping[str, Points], texts: Mapping[str, str]) -> None:
        found: dict[str, dict[str, dict[int, float]]] = {group: {} for group in (*OF_GRADIENTS, ACTIVATION_STD)}
        prefix, layers = "", dict[str, str]()
        for tag, points in measured.items():
            group, _, name = tag.partition("/")
            if match := GROUP.fullmatch(group):
                prefix = match[1] or ""
                layers[name] = f"{prefixed(prefix, GRADIENT_NORM)}/{name}"
                found[match[2]][layers[name]] = dict(points)
        self.tags = by_call(layers.values(), texts)
        self.kinds = listing.entries(texts.get(prefixed(prefix, listing.KINDS), ""))
        self.steps = sorted({step for group in OF_GRADIENTS for row in found[group].values() for step in row})
        self._norms, self._zeros, self._broken = (found[group] for group in OF_GRADIENTS)
        self._outputs = found[ACTIVATION_STD]

    def cell(self, tag: str, step: int) -> Cell:
        """What was logged of one layer at one step."""
        norm = self._norms.get(tag, {}).get(step)
        if step in self._broken.get(tag, ()) or (norm is not None and (math.isnan(norm) or norm == math.inf)):
            return NOT_FINITE
        if step in self._zeros.get(tag, ()) or norm == -math.inf or (norm is None and self._was_zero(tag, step)):
            return ZERO
        return None if norm is None else round(norm, 4)

    def _was_zero(self, tag: str, step: int) -> bool:
        """An older log does not mark a gradient of 0. It says nothing of what layers are, either."""
        return not self.kinds and tag in self._norms and step in self._outputs.get(tag, ())


def models(tags: Iterable[str]) -> dict[str, list[str]]:
    """The tags that tell of gradients by layer, by the prefix of the model, which may be "". Outputs tell of layers."""
    found: dict[str, list[str]] = {}
    for tag in tags:
        group, slash, _ = tag.partition("/")
        if slash and (match := GROUP.fullmatch(group)):
            found.setdefault(match[1] or "", []).append(tag)
    return {prefix: own for prefix, own in found.items() if not all(ACTIVATION_STD in tag for tag in own)}


def watched(tags: Iterable[str]) -> list[str]:
    """The prefix of every watched model in a run, also of one without a single layer that can be seen."""
    tags = list(tags)
    totals = (match[1] or "" for tag in tags if (match := IN_EVERY_LOOK.fullmatch(tag)))
    return list(dict.fromkeys([*models(tags), *totals]))


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


def _numbers(row: Mapping[int, float], steps: Sequence[int]) -> list[Cell]:
    return [round(row[step], 4) if math.isfinite(row.get(step, math.nan)) else None for step in steps]

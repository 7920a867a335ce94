"""Where NaN and inf came first, and from what."""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from torchdemos.diagnosis.finding import ERROR, Finding, named
from torchdemos.diagnosis.history import Flags, History, Numbers, Statistics

SOURCE = "IEEE 754: NaN and inf survive almost every later operation"
GROWTH = 10.0  # by which outputs, gradients or the loss grew before: then too large steps broke the weights
NEAR_END, END = 2e4, 65504.0  # of float16


class _Place(NamedTuple):
    """A look and the layers in which something was not finite there first."""

    look: int
    layers: list[str]


def not_finite(history: History) -> Finding | None:
    """NaN or inf in what the model is given, its weights, outputs, gradients or the loss, where it came first.

    A gradient that is not finite counts once an optimizer's step took it: a scaler skips such a step, and goes on.
    """
    rules = (_given, _weights, _outputs, _gradients, _loss)
    found = [finding for rule in rules if (finding := rule(history))]
    return min(found, key=lambda finding: math.inf if finding.step is None else finding.step, default=None)


def _given(history: History) -> Finding | None:
    bad = _first(history.numbers(history.given, "finite_fraction") < 1)
    if bad is None:
        return None
    evidence = f"What the model was given held NaN or inf at step {history.steps[bad]}."
    advice = "Look for missing values and divisions by 0 in the data, and fill or drop them."
    return _finding(history, bad, next(iter(history.outputs), None), evidence, advice)


def _weights(history: History) -> Finding | None:
    place = _earliest({name: np.isinf(history.numbers(own, "norm")) for name, own in history.parameters.items()})
    if place is None:
        return None
    layers = list(dict.fromkeys(map(history.layer_of, place.layers)))
    layer = layers[0]
    last = [np.isinf(history.latest(history.parameters[name], "norm")) for name in place.layers]
    evidence = f"The weights of {named(layers)} {_be('are', last)} NaN or inf: an optimizer's step broke them."
    advice = "Lower the learning rate, or clip the gradient (torch.nn.utils.clip_grad_norm_)."
    if place.look == 0:
        advice = "Look at how they are initialized or loaded: they were so before the first step."
    return _finding(history, place.look, layer, evidence, advice)


def _outputs(history: History) -> Finding | None:
    place = _earliest({name: _broken(history, own) for name, own in history.outputs.items()})
    if place is None:
        return None
    layer = place.layers[0]
    share = 1 - float(history.numbers(history.outputs[layer], "finite_fraction")[place.look])
    last = [bool(_broken(history, history.outputs[name])[-1]) for name in place.layers]
    evidence = (
        f"{100 * share:.3g} % of the output of {layer!r} {_be('is', last)} NaN or inf, and of no layer before it."
    )
    largest = history.numbers(history.outputs[layer], "abs_max")[: place.look]
    near_end = len(largest) and NEAR_END < float(np.nanmax(largest, initial=0.0)) <= END
    advice = (
        "Use bfloat16 or float32 there, or smaller weights: its values reached the end of float16."
        if near_end
        else "Look for log or division at 0 and overflow in half precision in it: its weights are finite."
    )
    return _finding(history, place.look, layer, evidence, advice)


def _gradients(history: History) -> Finding | None:
    taken = np.isinf(history.numbers(history.totals, "gradient_norm"))
    bad = _first(taken)
    if bad is None:
        return None
    layers = [name for name, own in history.gradients.items() if np.isinf(history.numbers(own, "norm")[bad])][::-1]
    layer = layers[0] if layers else None
    broken = f"{_be('is', taken[-1:])} NaN or inf"
    where = f"of {layer!r} {broken}, the first on the way back from the loss" if layer else broken
    evidence = f"The gradient {where}, and the optimizer's step took it."
    advice = "Look for sqrt, log, norm or division at 0 right behind it, or lower the loss scale."
    return _finding(history, bad, layer, evidence, advice)


def _loss(history: History) -> Finding | None:
    """A loss that is not finite twice: one alone may be an empty batch."""
    bad = [step for step, loss in history.losses if not math.isfinite(loss)]
    if len(bad) < 2:
        return None
    verb = _be("is", [bad[-1] == history.losses[-1][0]])
    evidence = f"The loss {verb} NaN or inf at {len(bad)} of {len(history.losses)} looks, first at step {bad[0]}."
    advice = "Lower the learning rate if it grew before; else look for log, sqrt or division at 0 in the loss."
    return Finding("not finite", ERROR, None, bad[0], evidence, advice, SOURCE)


def grew_until(history: History, step: int | None) -> bool:
    """Whether outputs, gradients or the loss, as far as they are finite, had grown tenfold at a step."""
    looks = sum(own <= step for own in history.steps) if step is not None else len(history.steps)
    rows = [history.numbers(own, "abs_max")[:looks] for own in history.outputs.values()]
    rows.append(history.numbers(history.totals, "gradient_norm")[:looks])
    rows.append(np.array([abs(loss) for own, loss in history.losses if step is None or own <= step]))
    return any(_grew(row[np.isfinite(row)]) for row in rows)


def _grew(row: Numbers) -> bool:
    width = 3 if len(row) >= 6 else 1  # medians of three, so that no single batch decides
    if len(row) < 2:
        return False
    first, last = float(np.median(row[:width])), float(np.median(row[-width:]))
    return last > GROWTH * first and last > GROWTH * float(row.min())


def _be(verb: str, last: Iterable[bool]) -> str:
    """Is or are, was or were if what broke is finite again at the last look."""
    return verb if any(last) else {"is": "was", "are": "were"}[verb]


def _broken(history: History, statistics: Statistics) -> Flags:
    return history.numbers(statistics, "finite_fraction") < 1


def _earliest(broken: Mapping[str, Flags]) -> _Place | None:
    looks = {name: look for name, row in broken.items() if (look := _first(row)) is not None}
    if not looks:
        return None
    first = min(looks.values())
    return _Place(first, [name for name, look in looks.items() if look == first])


def _first(condition: Flags) -> int | None:
    return int(np.argmax(condition)) if condition.any() else None


def _finding(history: History, look: int, layer: str | None, evidence: str, advice: str) -> Finding:
    return Finding("not finite", ERROR, layer or None, history.steps[look], evidence, advice, SOURCE)

"""Gradients that vanish or explode on their way back, and signals that explode on their way forward."""

import math
from collections.abc import Sequence

import numpy as np

from torchdemos.diagnosis.constant_answer import guessing
from torchdemos.diagnosis.course import ENOUGH, course
from torchdemos.diagnosis.finding import ERROR, WARNING, Finding
from torchdemos.diagnosis.history import History
from torchdemos.diagnosis.paths import activation_after, paths
from torchdemos.diagnosis.squared_error import is_squared
from torchdemos.diagnosis.step_size import HUGE

VANISHED, FAINT = 1e-6, 1e-3  # of the last layer's gradient reaches the first: surely too little, perhaps
EXPLODED, STRONG = 1e4, 1e3  # times the last layer's gradient is that of the first: surely too much, perhaps
FADING = 1.2  # factor per layer: He's is 1, and Xavier's with ReLU the square root of 2
STEADY = 1.5  # factor per layer: a smaller one, with batch normalization say, is no illness of the start
DROWNED = 0.1  # of a squared error is not the square of the answers
LOUD, DEAFENING = 10.0, 100.0  # times the loss of guessing: too much if it stays so, too much at once
BOUNDED = ("Sigmoid", "Tanh", "Softsign", "Hardtanh")
SOURCE = (
    "AUTOTRAINER (Zhang et al., ICSE 2021) calls a ratio of 1e-3 vanishing; torchdemos takes it along the path from "
    "the input to the loss, and below 1e-6 at once, above only while the loss stays where it is"
)


def vanishing(history: History) -> Finding | None:
    """Hardly anything of the last layer's gradient reaches the first, since the first look.

    Below a millionth at once; below a thousandth if the loss does not fall.
    """
    run = course(history)
    if run.learns:
        return None
    for path in paths(history):
        norms = _at_first(history, path)
        if len(norms) < 3 or not 0 < norms[0] < FAINT * norms[-1]:
            continue
        reach, factor = norms[0] / norms[-1], (norms[-1] / norms[0]) ** (1 / (len(norms) - 1))
        if factor < FADING or not (reach < VANISHED or run.flat):
            continue
        level = ERROR if reach < VANISHED or run.flat else WARNING
        evidence = (
            f"Of the gradient of {path[-1]!r}, {reach:.2g} reaches {path[0]!r}: on the way back it shrinks "
            f"{factor:.3g} times per layer, over {len(norms)} layers."
        )
        return Finding("vanishing gradient", level, path[0], history.steps[0], evidence, _cure(history, path), SOURCE)
    return None


def exploding(history: History) -> Finding | None:
    """The gradient grows on its way back, or the signal on its way forward, since the first look.

    Ten thousandfold at once; a thousandfold if the first step wrecks the weights, or the loss does not fall.
    """
    return _signal(history) or _drowned(history) or _gradient(history)


def _drowned(history: History) -> Finding | None:
    """Of a squared error the answers alone make up all, and the targets nothing, from the first look on."""
    answers = history.numbers(history.answer, "std")[:1]
    if not is_squared(history) or not history.losses or not answers[0] > LOUD or not course(history).poor:
        return None
    alone = float(answers[0]) ** 2 + float(history.numbers(history.answer, "mean")[0]) ** 2
    if not abs(history.losses[0][1] / alone - 1) < DROWNED:
        return None
    evidence = (
        f"The first answers have a standard deviation of {answers[0]:.3g}, and their own squares are all of the loss."
    )
    advice = "Initialize the weights smaller (He for ReLU, Xavier for tanh), and scale the input to about 1."
    source = "torchdemos: answers vary no more than targets at a sound start"
    return Finding("exploding signal", WARNING, _loudest(history), history.steps[0], evidence, advice, source)


def _gradient(history: History) -> Finding | None:
    run = course(history)
    if run.learns:
        return None
    wrecked = bool((history.update_ratios()[:1] > HUGE).any())
    limit = STRONG if wrecked or run.count >= ENOUGH else EXPLODED
    for path in paths(history):
        norms = _at_first(history, path)
        if len(norms) < 3 or not math.isfinite(norms[0]) or norms[0] <= limit * norms[-1] or norms[-1] <= 0:
            continue
        factor = (norms[0] / norms[-1]) ** (1 / (len(norms) - 1))
        if factor < STEADY:
            continue
        evidence = (
            f"The gradient of {path[0]!r} is {norms[0] / norms[-1]:.2g} times that of {path[-1]!r}: on the way back it "
            f"grows {factor:.3g} times per layer, over {len(norms)} layers."
        )
        advice = (
            "Initialize the weights smaller (He for ReLU, Xavier for tanh), or put normalization between the layers."
        )
        return Finding("exploding gradient", ERROR, path[0], history.steps[0], evidence, advice, SOURCE)
    return None


def _signal(history: History) -> Finding | None:
    """A classifier that begins with many times the loss of guessing gives answers that are far too large."""
    guess, run = guessing(history), course(history)
    answers = history.numbers(history.answer, "std")
    if not (len(answers) and math.isfinite(guess)):
        return None
    first = history.losses[0][1]
    stays = run.count >= ENOUGH and run.last > 1.5 * guess
    if not (first > LOUD * guess and answers[0] > LOUD and (stays or first > DEAFENING * guess)):
        return None
    layer = _loudest(history)
    evidence = (
        f"The first answers have a standard deviation of {answers[0]:.3g}, and cost {first:.3g} where guessing costs "
        f"{guess:.3g}."
    )
    advice = "Initialize the weights smaller (He for ReLU, Xavier for tanh), and scale the input to about 1."
    return Finding(
        "exploding signal", WARNING, layer, history.steps[0], evidence, advice, "cross entropy of K classes: ln K"
    )


def _loudest(history: History) -> str | None:
    """The layer that magnifies its input most at the first look."""
    spreads = {name: float(history.numbers(own, "std")[0]) for name, own in history.outputs.items()}
    before = [float(history.numbers(history.given, "std")[0]), *spreads.values()]
    growth = {name: spread / max(old, 1e-30) for (name, spread), old in zip(spreads.items(), before, strict=False)}
    return max(growth, key=lambda name: growth[name], default=None)


def _at_first(history: History, path: Sequence[str]) -> list[float]:
    """The gradient norms along a path at the first look that has each; those that are unknown are left out."""
    rows = [history.numbers(history.gradients[layer], "norm")[:3] for layer in path]
    known = [row[~np.isnan(row)] for row in rows]
    return [float(row[0]) for row in known if len(row)]


def _cure(history: History, path: Sequence[str]) -> str:
    kinds = [activation_after(layer, history.kinds) for layer in path]
    kind = max(kinds, key=kinds.count, default="")
    if kind == "Sigmoid":
        return (
            "Use ReLU with He initialization, or normalization and skip connections: each sigmoid passes at most a "
            "quarter of the gradient, whatever the weights."
        )
    start = "Xavier initialization (torch.nn.init.xavier_normal_, gain 5/3)" if kind in BOUNDED else "He initialization"
    return f"Use {start}, or normalization and skip connections: the weights are too small for this depth."

"""Answers that an activation keeps between two ends, and a loss that wants others."""

import numpy as np

from torchdemos.diagnosis.course import ENOUGH, course
from torchdemos.diagnosis.finding import ERROR, WARNING, Finding
from torchdemos.diagnosis.history import History, Numbers
from torchdemos.diagnosis.squared_error import is_squared, largest_errors

LOOKS = 3
WIDTHS = {"Sigmoid": 1.0, "Hardsigmoid": 1.0, "Softmax": 1.0, "Tanh": 2.0, "Hardtanh": 2.0, "Softsign": 2.0}
ROUNDING = 1e-3
OF_SIGMOID_OF_ONE = 0.735  # 1/(1 + 1/e) is 0.731, the surest that a sigmoid of a probability gets


def targets_out_of_reach(history: History) -> Finding | None:
    """An answer is farther from its target than the ends of its activation are from one another."""
    layer = history.last_layer
    kind = history.kinds.get(layer or "", "")
    width = WIDTHS.get(kind.partition(" ")[0])
    errors = largest_errors(history) if is_squared(history) else _at_least(history)
    if width is None or not (errors > width + ROUNDING).sum() >= LOOKS:
        return None
    evidence = (
        f"{layer!r} ({kind}) gives numbers that are at most {width:g} apart, and targets lie up to "
        f"{np.nanmax(errors):.3g} away from them."
    )
    advice = (
        "Take the activation away: answers of a regression need no bounds. Or scale the targets to lie within them."
    )
    source = "both would be at most the width apart if targets lay between the same ends"
    return Finding("saturated units", WARNING, layer, history.steps[0], evidence, advice, source)


def _at_least(history: History) -> Numbers:
    """1 where an error is more than 1, as Huber's loss tells by a gradient that it cuts off there, else NaN."""
    rows, units, norm, largest = (
        history.numbers(history.answer, name) for name in ("rows", "units", "grad_norm", "grad_abs_max")
    )
    cut = np.abs(largest * rows * units - 1) < 1e-5
    return np.where(cut & (norm**2 * rows * units < 1 - ROUNDING), 1 + 2 * ROUNDING, np.nan)


def cut_off_answers(history: History) -> Finding | None:
    """A regression ends in a ReLU, gives 0 for a fifth of the samples or more, and knows little."""
    layer, run = history.last_layer, course(history)
    if layer is None or history.kinds.get(layer) != "ReLU" or not is_squared(history):
        return None
    zeros = history.numbers(history.outputs[layer], "zero_fraction")
    if run.count < ENOUGH or not zeros[-1] > 0.2 or not (run.poor or run.above(0.4)):
        return None
    evidence = f"{layer!r} (ReLU) gives 0 for {zeros[-1]:.0%} of the answers, and no gradient passes there."
    advice = "Take it away, unless no target is negative: answers of a regression need both signs."
    source = "the slope of a ReLU is 0 where it gives 0"
    return Finding("gradient cut off", WARNING, layer, history.steps[0], evidence, advice, source)


def sigmoid_twice(history: History) -> Finding | None:
    """Answers are probabilities, and the loss takes them for logits: no gradient is as steep as a wrong one has.

    The gradient of an entropy at a probability p is at least 1/N, that of a sigmoid at p between 0.27/N and 0.73/N.
    """
    layer = history.last_layer
    kind = history.kinds.get(layer or "", "")
    if kind.partition(" ")[0] not in ("Sigmoid", "Softmax") or is_squared(history) or not history.losses:
        return None
    rows, units, largest = (history.numbers(history.answer, name) for name in ("rows", "units", "grad_abs_max"))
    steepest = largest * rows * units
    known = np.isfinite(steepest) & (largest > 0)
    losses = [loss for _, loss in history.losses]
    if known.sum() < LOOKS or not ((steepest[known] > 0.26) & (steepest[known] < OF_SIGMOID_OF_ONE)).all():
        return None
    if not all(0.31 < loss < 1.32 for loss in losses if np.isfinite(loss)):  # of a sigmoid between 0.5 and 0.73
        return None
    evidence = (
        f"{layer!r} ({kind}) gives probabilities, whose gradient is at most {steepest[known].max():.2g} of what one "
        "sample counts: binary_cross_entropy_with_logits applies a sigmoid a second time."
    )
    advice = "Give nn.BCEWithLogitsLoss the logits: it applies the sigmoid itself."
    source = "d bce/dp is at least 1/N, and d of bce with logits at p at most 0.73/N"
    return Finding("softmax applied twice", ERROR, layer, history.steps[0], evidence, advice, source)

"""Losses that do not fit the answers: softmax applied twice, or nll_loss without its log-softmax."""

import math
from statistics import fmean, median

import numpy as np

from torchdemos.diagnosis.constant_answer import guessing
from torchdemos.diagnosis.course import ENOUGH
from torchdemos.diagnosis.finding import ERROR, Finding
from torchdemos.diagnosis.history import History, Numbers

LOOKS = 3
MANY_LOSSES = 100  # before their level is held against anything
TOLERANCE = 0.01  # distance from a floor as a share of it
SMALL = 0.7  # standard deviation of logits that are nearly a guess
SURE_ACCURACY = 0.8
CURE = "Give nn.CrossEntropyLoss the logits: it applies log-softmax itself."
GRADIENT_SOURCE = "d nll / d answer is -1/N at the label and 0 elsewhere"
FLOOR_SOURCE = "the floors are exact (Gibbs' inequality and the definitions of the losses); torchdemos allows 1 %"


def wrong_loss(history: History) -> Finding | None:
    """The loss does not fit the answer: softmax twice, or nll_loss without its log-softmax."""
    rules = (_softmax_twice, _softmax_inside, _bare_nll, _bare_probability, _softmax_floor)
    return next((finding for rule in rules if (finding := rule(history))), None)


def _softmax_twice(history: History) -> Finding | None:
    """The answer is a softmax's, and the loss never leaves the range that a second softmax leaves it."""
    classes = _classes(history)
    if classes < 2 or not _probabilities(history) or len(history.losses) < LOOKS:
        return None
    highest = math.log(math.e + classes - 1)  # the loss of a sure, wrong answer; a sure, right one has 1 less
    losses = [loss for _, loss in history.losses]
    inside = all(highest - 1 - 1e-4 <= loss <= highest + 1e-4 for loss in losses)
    if not inside or abs(losses[0] - math.log(classes)) > 0.1 or not _blunt(history):
        return None
    evidence = (
        f"The answers are probabilities (their mean is exactly 1/{classes}), and the loss never leaves the range "
        f"{highest - 1:.4g} to {highest:.4g}: cross entropy applies softmax a second time."
    )
    return Finding("softmax applied twice", ERROR, history.last_layer, history.steps[0], evidence, CURE, FLOOR_SOURCE)


def _blunt(history: History) -> bool:
    """No sample's gradient exceeds 1/N, as that of softmax does not; -log p of a probability has at least 1/N."""
    norms, largest = (history.numbers(history.answer, name) for name in ("grad_norm", "grad_abs_max"))
    known = np.isfinite(norms) & np.isfinite(largest) & (norms > 0)
    rows = history.numbers(history.answer, "rows")
    return bool(known.any() and (largest[known] * rows[known] < 1 - 1e-6).all())


def _softmax_inside(history: History) -> Finding | None:
    """The loss begins as cross entropy does, and its gradient is K times too small: a softmax lies in between.

    For small logits the gradient is (p - y)/N, of norm sqrt((1 - 1/K)/N); a softmax divides it by K.
    """
    guess, classes, spread = guessing(history), _classes(history), history.numbers(history.answer, "std")
    if not math.isfinite(guess) or classes < 4 or len(history.steps) < LOOKS or not (spread[:LOOKS] < SMALL).all():
        return None
    shares = _logit_gradients(history)[:LOOKS] / math.sqrt(1 - 1 / classes)
    begins = abs(history.losses[0][1] - guess) < 0.1 * guess
    small = abs(shares[0] * classes - 1) < 0.4 and bool((shares < max(1.4 / classes, 0.1)).all())
    if not begins or not small or not _steps_always(history):
        return None
    evidence = (
        f"The loss begins at {history.losses[0][1]:.3g} as cross entropy does, and its gradient is {1 / shares[0]:.3g} "
        "times too small: the answers pass a softmax before cross entropy applies its own."
    )
    return Finding("softmax applied twice", ERROR, history.last_layer, history.steps[0], evidence, CURE, FLOOR_SOURCE)


def _logit_gradients(history: History) -> Numbers:
    """Root of the number of rows times the gradient's norm, of all that the last layer gave, or else of the answer."""
    layer = history.last_layer or ""
    rows = history.rows.get(layer, math.nan)
    whole = math.sqrt(rows) * history.numbers(history.gradients.get(layer, {}), "norm")
    ends = np.sqrt(history.numbers(history.answer, "rows")) * history.numbers(history.answer, "grad_norm")
    return whole if history.kinds.get(layer, "").startswith("Linear") and math.isfinite(rows) else ends


def _steps_always(history: History) -> bool:
    """Whether each block had a step: where gradients are accumulated, losses are divided."""
    return bool(np.isnan(history.numbers(history.totals, "added_gradient_norm")).all())


def _bare_probability(history: History) -> Finding | None:
    """The loss begins at -1/K and stays between -1 and 0: it is minus the probability of the label."""
    classes, losses = _classes(history), [loss for _, loss in history.losses]
    if classes < 2 or len(losses) < ENOUGH or not all(-1 <= loss < 0 for loss in losses):
        return None
    if abs(median(losses[:LOOKS]) * classes + 1) > 0.1 or median(losses[-LOOKS:]) > median(losses[:LOOKS]):
        return None
    evidence = f"The loss begins at {losses[0]:.3g}, minus the probability of a guess, and stays between -1 and 0."
    return Finding("forgotten log", ERROR, history.last_layer, history.steps[0], evidence, CURE, FLOOR_SOURCE)


def _bare_nll(history: History) -> Finding | None:
    """The gradient is -1/N at one unit a sample, as nll_loss gives it, and the answer is no log-softmax."""
    norms, largest = (history.numbers(history.answer, name) for name in ("grad_norm", "grad_abs_max"))
    known = np.isfinite(norms) & np.isfinite(largest) & (largest > 0)
    means, classes = history.numbers(history.answer, "mean"), _classes(history)
    if known.sum() < min(LOOKS, len(known)) or not known.any() or classes < 2 or len(history.steps) < LOOKS:
        return None
    rows = history.numbers(history.answer, "rows")[known]
    single = np.abs(largest[known] * rows - 1) < 1e-3
    if (
        not single.all()
        or (np.abs(norms[known] ** 2 * rows - 1) > 1e-3).any()
        or (means <= -math.log(classes) + 1e-4).all()
    ):
        return None
    kind = "forgotten log" if _probabilities(history) else "forgotten log-softmax"
    given = "probabilities" if kind == "forgotten log" else "logits"
    evidence = f"nll_loss was given {given}: its gradient is 1/N at one unit of each sample, and 0 elsewhere."
    return Finding(kind, ERROR, history.last_layer, history.steps[0], evidence, CURE, GRADIENT_SOURCE)


def _softmax_floor(history: History) -> Finding | None:
    """Without the answers: the loss of a sure network levels off where only a second softmax leads."""
    classes = len(history.label_counts)
    losses = [loss for _, loss in history.losses]
    if history.answer or classes < 2 or len(losses) < MANY_LOSSES or not all(map(math.isfinite, losses)):
        return None
    tenth = len(losses) // 10
    end, earlier, recent = fmean(losses[-tenth:]), fmean(losses[-2 * tenth : -tenth]), losses[-2 * tenth :]
    accuracy = 1.0 if math.isnan(history.accuracy) else float(history.accuracy)
    step = history.losses[0][0]
    if max(recent) < -1 - 1e-6:
        evidence = f"The loss fell to {end:.3g}, where no probabilities take it: nll_loss was given logits."
        return Finding("forgotten log-softmax", ERROR, None, step, evidence, CURE, FLOOR_SOURCE)
    if not _near(end, earlier):
        return None
    if max(recent) < 0 and min(losses) >= -1 - 1e-6:
        evidence = f"The loss levelled off at {end:.3g}, between -1 and 0: nll_loss was given probabilities."
        return Finding("forgotten log", ERROR, None, step, evidence, CURE, FLOOR_SOURCE)
    highest = math.log(math.e + classes - 1)
    if accuracy < SURE_ACCURACY or min(losses) < highest - 1 - 1e-6 or not _near(end, highest - accuracy):
        return None
    evidence = (
        f"The loss levelled off at {end:.4g} and was never below ln(e + {classes - 1}) - 1 = {highest - 1:.4g}: "
        "cross entropy was given probabilities and applies softmax a second time."
    )
    return Finding("softmax applied twice", ERROR, None, step, evidence, CURE, FLOOR_SOURCE)


def _classes(history: History) -> int:
    units = history.numbers(history.answer, "units")
    known = units[np.isfinite(units)]
    return int(known[-1]) if len(known) else 0


def _probabilities(history: History) -> bool:
    """Whether the answers of every look have a mean of exactly 1/K and are at most 1."""
    means, largest = history.numbers(history.answer, "mean"), history.numbers(history.answer, "abs_max")
    known, classes = np.isfinite(means), _classes(history)
    exact = np.abs(means[known] * classes - 1) < 1e-4
    return bool(known.any() and exact.all() and (largest[known] <= 1 + 1e-6).all())


def _near(value: float, floor: float) -> bool:
    return abs(value - floor) <= TOLERANCE * abs(floor)

"""Losses in which samples do not stand alone: targets that are broadcast, a softmax over samples."""

import math

import numpy as np

from torchdemos.diagnosis.constant_answer import guessing
from torchdemos.diagnosis.finding import ERROR, Finding
from torchdemos.diagnosis.history import History
from torchdemos.diagnosis.squared_error import is_squared

LOOKS = 3
EXACT = 1e-3
NOTHING = 1e-4  # of a gradient: rounding
MANY_ROWS = 4


def broadcast(history: History) -> Finding | None:
    """Each answer is held against all targets: what differs in the gradient of two answers is what they differ by.

    For the mean of (a_i - y_j)^2 over all i and j the gradient is 2 (a_i - mean y)/N; that of (a_i - y_i)^2 has y_i.
    """
    units, rows, std, norm, shared = (
        history.numbers(history.answer, name) for name in ("units", "rows", "std", "grad_norm", "grad_shared")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(np.maximum(norm**2 * rows - shared**2, 0)) / 2
        known = np.isfinite(spread) & (rows >= MANY_ROWS) & (std > NOTHING * np.abs(shared))
        same = np.abs(spread / std - 1) < EXACT
    if known.sum() < LOOKS or not same[known].all() or not (units[known] == 1).all() or is_squared(history):
        return None
    evidence = "The gradients of two answers differ by just what the answers do: each is held against all targets."
    advice = "Give answers and targets one shape: (N, 1) and (N,) make N x N differences. Say outputs.squeeze(1)."
    source = "d/da_i of the mean of (a_i - y_j)^2 over all i and j is 2 (a_i - mean y)/N"
    return Finding("nothing learnt", ERROR, history.last_layer, history.steps[0], evidence, advice, source)


def softmax_over_samples(history: History) -> Finding | None:
    """Probabilities add up to 1 over the samples of a batch, and not over the classes."""
    over = _mean_of_one(history) or _shift_does_nothing(history)
    if not over:
        return None
    kind, evidence = over
    advice = "Give nn.CrossEntropyLoss the logits; a softmax over classes says dim=1."
    source = "a softmax adds up to 1 over its dimension, and a shift along it changes nothing"
    return Finding(kind, ERROR, history.last_layer, history.steps[0], evidence, advice, source)


def _mean_of_one(history: History) -> tuple[str, str] | None:
    mean, largest, rows, units = (history.numbers(history.answer, n) for n in ("mean", "abs_max", "rows", "units"))
    known = np.isfinite(mean) & (rows != units) & (rows >= MANY_ROWS)
    exact = (np.abs(mean * rows - 1) < NOTHING) & (largest <= 1 + NOTHING)
    if known.sum() < LOOKS or not exact[known].all() or not (units[known] > 1).all():
        return None
    return "softmax applied twice", (
        f"The mean of all answers is 1/{rows[known][-1]:.0f}, of as many samples: a softmax goes over the samples."
    )


def _shift_does_nothing(history: History) -> tuple[str, str] | None:
    """A classifier's last bias gets no gradient, because what all samples share does not count."""
    layer, weights = _last_dense(history)
    if not weights or not history.losses:
        return None
    bias = history.numbers(history.parameters.get(f"{layer}.bias", {}), "grad_norm")
    whole = history.numbers(history.parameters[f"{layer}.weight"], "grad_norm")
    known = np.isfinite(bias) & np.isfinite(whole) & (whole > 0)
    if known.sum() < LOOKS or not (bias[known] < NOTHING * whole[known]).all():
        return None
    first, rows = history.losses[0][1], float(history.numbers(history.answer, "rows")[0])
    twice = math.isfinite(guess := guessing(history)) and abs(first - guess) < 0.1 * guess
    if not twice and not abs(first - math.log(max(rows, 1.0))) < 0.1 * math.log(max(rows, MANY_ROWS)):
        return None
    evidence = f"The bias of {layer!r} gets no gradient: what all samples of a batch share makes no difference."
    return "softmax applied twice" if twice else "softmax over samples", evidence


def _last_dense(history: History) -> tuple[str, bool]:
    """The last dense layer with weights and a bias, and whether there is one and no normalization behind it."""
    names = list(history.kinds)
    dense = [name for name in names if history.kinds[name].startswith("Linear")]
    if not dense:
        return "", False
    behind = names[names.index(dense[-1]) :]
    alone = not any("Norm" in history.kinds[name] for name in behind)
    return dense[-1], alone and all(f"{dense[-1]}.{own}" in history.parameters for own in ("weight", "bias"))

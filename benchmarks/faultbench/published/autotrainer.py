"""AUTOTRAINER (Zhang et al., ICSE 2021): thresholds of its code.

Vanishing: gradient of the first weight below 1e-3 of the last one's, and 1e-4. Exploding: above 70 times, or NaN.
Dying ReLU: 70 % of all gradient entries are 0 (here: of all units of ReLU layers, those active on no sample of a look).
NaN loss: also 1e3 or more. Gradient symptoms count while the accuracy is below 0.7: here, while less than half of the
loss is gone. Oscillating and slow accuracy are left out: a `History` has no accuracy by step.
"""

import math

from benchmarks.faultbench.published import reading
from torchdemos.diagnosis import Finding
from torchdemos.diagnosis.history import History


def autotrainer(history: History) -> list[Finding]:
    """What the rules say at the latest look."""
    losses = [loss for _, loss in history.losses]
    if losses and (not math.isfinite(losses[-1]) or losses[-1] >= 1e3):
        return reading.found("not finite", "exploding gradient", "exploding signal")
    if reading.any_not_finite(history):
        return reading.found("not finite", "exploding gradient")
    if losses and losses[-1] < 0.5 * losses[0]:
        return []
    return _gradients(history) + _dying(history)


def _gradients(history: History) -> list[Finding]:
    names = reading.weights(history)
    if len(names) < 2:
        return []
    first, last = (float(history.numbers(history.parameters[names[i]], "grad_norm")[-1]) for i in (0, -1))
    if first < 1e-3 * last and first < 1e-4:
        return reading.found("vanishing gradient", "gradient cut off", "equal units")
    return reading.found("exploding gradient") if last > 0 and first > 70 * last else []


def _dying(history: History) -> list[Finding]:
    shares = [reading.latest(history, layer, "dead_units") for layer in reading.relus(history)]
    return reading.found("dead units") if shares and sum(shares) / len(shares) >= 0.7 else []

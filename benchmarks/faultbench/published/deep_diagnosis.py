"""DeepDiagnosis (Wardat et al., ICSE 2022): thresholds of its code.

Dead node: 70 % of a ReLU layer's outputs are 0. Saturated: more than half of the inputs of sigmoid or tanh beyond ±5.
Vanishing: mean absolute gradient below 1e-7. Weights: variance outside [1e-5, 10]. Learning rate: update ratio outside
[1e-5, 0.1]. Inputs outside [-1, 1]. A loss that does not move for five checks, a tensor that does not for five.
"""

import numpy as np

from benchmarks.faultbench.published import reading
from torchdemos.diagnosis import Finding
from torchdemos.diagnosis.history import History

CHECKS = 5


def deep_diagnosis(history: History) -> list[Finding]:
    """What the rules say at the latest look."""
    told: list[Finding] = []
    if reading.any_not_finite(history):
        told += reading.found("not finite")
    if any(reading.latest(history, layer, "zero_fraction") >= 0.7 for layer in reading.relus(history)):
        told += reading.found("dead units")
    shares = reading.beyond(history, "Tanh", -5.0, 5.0) + reading.beyond(history, "Sigmoid", -5.0, 5.0)
    if any(share > 0.5 for share in shares):
        told += reading.found("saturated units")
    told += _weights(history) + _updates(history)
    if (history.numbers(history.given, "abs_max") > 1).any():
        told += reading.found("unscaled input")
    if reading.loss_stands_still(history, CHECKS, 0.0):
        told += reading.found("nothing learnt", "rising loss")
    return told


def _weights(history: History) -> list[Finding]:
    names = reading.weights(history)
    if not history.steps or not names:
        return []
    if any(reading.root_mean_square(history, name, "grad_norm")[-1] < 1e-7 for name in names):
        return reading.found("vanishing gradient", "gradient cut off")
    variances = [reading.root_mean_square(history, name, "norm")[-1] ** 2 for name in names]
    return reading.found("exploding signal", "equal units") if any(v < 1e-5 or v > 10 for v in variances) else []


def _updates(history: History) -> list[Finding]:
    ratios = [history.numbers(history.parameters[name], "update_ratio") for name in reading.weights(history)]
    known = [own[np.isfinite(own)] for own in ratios]
    if any(len(own) and own[-1] > 0.1 for own in known):
        return reading.found("learning rate too large")
    if any(len(own) >= CHECKS and (own[-CHECKS:] == 0).all() for own in known):
        return reading.found("not trained", "gradient cut off")
    return reading.found("learning rate too small") if any(len(own) and own[-1] < 1e-5 for own in known) else []

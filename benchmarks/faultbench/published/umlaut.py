"""UMLAUT (Schoop et al., CHI 2021): thresholds of its code.

Inputs outside [-1, 1], NaN, dropout above 0.5, an activation on the last layer. Left out are learning rates above 0.01
or below 1e-7, over- and underfitting and accuracies of validation, as a `History` has none of them, and linear hidden
layers, which are none of the faults here.
"""

import re

from benchmarks.faultbench.published import reading
from torchdemos.diagnosis import Finding
from torchdemos.diagnosis.history import History

LAST = ("Linear", "Conv2d", "Identity", "Flatten", "Softmax", "Sigmoid")


def umlaut(history: History) -> list[Finding]:
    """What the rules say at the latest look."""
    told: list[Finding] = []
    if (history.numbers(history.given, "abs_max") > 1).any():
        told += reading.found("unscaled input")
    if reading.any_not_finite(history):
        told += reading.found("not finite")
    if any(_dropped(kind) > 0.5 for kind in history.kinds.values()):
        told += reading.found("too much dropout")
    last = history.kinds.get(list(history.outputs)[-1], "Linear") if history.outputs else "Linear"
    if last.startswith("ReLU"):
        told += reading.found("dead units", "gradient cut off", "nothing learnt")
    if last.startswith("Softmax"):
        told += reading.found("softmax applied twice", "forgotten log")
    return told


def _dropped(kind: str) -> float:
    share = re.search(r"0?\.\d+", kind) if kind.startswith("Dropout") else None
    return float(share[0]) if share else 0.0

"""What it costs to give every input the same answer: who pays that still knows nothing."""

import math

import numpy as np

from torchdemos.diagnosis import squared_error
from torchdemos.diagnosis.history import History

ROUNDING = 0.01
SCALED = 0.1  # by which two measures of a scale may differ, for logits below 1


def constant_cost(history: History) -> float:
    """The loss of the best constant answer: of a classifier, of a yes or no, or of a squared error; NaN if unknown.

    Of K classes it is ln K unless `label_counts` say how unequal they are.
    """
    counts = [float(count) for count in history.label_counts if count > 0]
    if len(counts) > 1:
        return entropy([count / sum(counts) for count in counts])
    known = (guessing(history), _yes_or_no(history), squared_error.variance_of_targets(history))
    return next((cost for cost in known if math.isfinite(cost)), math.nan)


def guessing(history: History) -> float:
    """ln K, what guessing one of K classes costs; NaN if the first loss is no cross entropy of the first answers.

    The cross entropy of K >= 2 logits of at most m in size lies within 2 m of ln K.
    """
    units, largest = (history.numbers(history.answer, name) for name in ("units", "abs_max"))
    known = np.flatnonzero(np.isfinite(units) & np.isfinite(largest))
    if not len(known) or units[known[0]] < 2 or not history.losses or squared_error.is_squared(history):
        return math.nan
    guess, first = math.log(units[known[0]]), abs(history.losses[0][1])
    near = abs(first - guess) <= 2 * largest[known[0]] + ROUNDING
    if near and units[known[0]] == 2 and _has_another_gradient(history, int(known[0])):
        return math.nan
    return guess if near else _scale(history, int(known[0])) * guess


def _scale(history: History, look: int) -> float:
    """What a cross entropy is multiplied by, as its sum over a batch is, if its gradient says the same; NaN if not.

    For small logits the gradient has the norm sqrt((1 - 1/K)/N).
    """
    units, largest = (float(history.numbers(history.answer, name)[look]) for name in ("units", "abs_max"))
    scale, by_loss = _scale_of_gradient(history, look), abs(history.losses[0][1]) / math.log(units)
    return scale if largest < 1 and abs(scale - by_loss) < SCALED * by_loss else math.nan  # False for NaN


def _scale_of_gradient(history: History, look: int) -> float:
    units, rows, norm = (float(history.numbers(history.answer, name)[look]) for name in ("units", "rows", "grad_norm"))
    return norm * math.sqrt(rows / (1 - 1 / units))


def _has_another_gradient(history: History, look: int) -> bool:
    """Whether a loss near ln 2 is no cross entropy of two logits, but what a critic says of two numbers, for one."""
    scale = _scale_of_gradient(history, look)
    return not 0.5 < scale < 2  # True for NaN: of a classifier's answer the gradient is known


def _yes_or_no(history: History) -> float:
    """The entropy of two classes that one logit tells apart. Its gradient is (p - y)/N, and p is 1/2 at first."""
    row = {name: history.numbers(history.answer, name)[:1] for name in ("units", "abs_max", "rows", *GRADIENT)}
    if not history.losses or not len(row["units"]) or row["units"][0] != 1:
        return math.nan
    largest, rows, shared = float(row["abs_max"][0]), float(row["rows"][0]), float(row["grad_shared"][0])
    steepest = rows * float(row["grad_abs_max"][0])
    begins = abs(history.losses[0][1] - math.log(2)) <= largest / 2 + ROUNDING
    if not (begins and largest < 1 and 0.4 < steepest < 0.75 and shared < 0.5):  # False for NaN
        return math.nan
    return entropy([0.5 + shared, 0.5 - shared])


def entropy(shares: list[float]) -> float:
    return -sum(share * math.log(share) for share in shares if share > 0)


GRADIENT = ("grad_abs_max", "grad_shared")

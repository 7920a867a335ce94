"""A mean squared error tells its targets by its gradient: d loss / d answer is 2 (answer - target) / number of answers.

So the errors of a batch have a known size, mean and largest one, and while answers hardly vary, what varies is the
targets.
"""

import math

import numpy as np

from torchdemos.diagnosis.history import Flags, History, Numbers

TOLERANCE = 1e-3
LOOKS = 3
MANY_ROWS = 4
FIRST = 20  # looks whose targets count
NOTHING_YET = 0.2  # of the variance of the targets, by which answers may vary that tell nothing


def is_squared(history: History) -> bool:
    """Whether the loss is the mean of squared errors at every look: N times the gradient's square is 4 times it."""
    return _is(history, 1)


def is_negated(history: History) -> bool:
    """Whether it is minus that."""
    return _is(history, -1)


def _is(history: History, sign: int) -> bool:
    known, fits = _fits(history, sign)
    return int(known.sum()) >= min(LOOKS, len(known)) and bool(known.any() and fits[known].all())


def variance_of_targets(history: History) -> float:
    """What the best constant answer costs where there is one number to tell, from looks at which answers hardly varied;
    NaN if there are none.

    Errors vary by what the targets vary by, and by what answers do that do not fit them yet.
    """
    if not is_squared(history):
        return math.nan
    units, rows, shared = (history.numbers(history.answer, name)[:FIRST] for name in ("units", "rows", "grad_shared"))
    if not (units == 1).all() or not (rows >= MANY_ROWS).all():
        return math.nan
    own = history.numbers(history.answer, "std")[:FIRST] ** 2
    with np.errstate(invalid="ignore", over="ignore"):
        variances = (losses_at_looks(history)[:FIRST] - shared**2 / 4) * rows / (rows - 1) - own
    early = own < NOTHING_YET * variances
    early[:1] |= own[:1] < variances[:1]  # nobody has told the first ones yet
    early = np.logical_and.accumulate(early)  # later on answers that vary may be right
    return float(np.mean(variances[early])) if early.any() else math.nan


def largest_errors(history: History) -> Numbers:
    """The largest |answer - target| at each look; NaN if the loss is no mean squared error."""
    if not is_squared(history):
        return np.full(len(history.steps), np.nan)
    return history.numbers(history.answer, "grad_abs_max") * _answers(history) / 2


def losses_at_looks(history: History) -> Numbers:
    """The loss of each look, NaN where it has none."""
    losses = dict(history.losses)
    return np.array([losses.get(step, math.nan) for step in history.steps])


def _fits(history: History, sign: int) -> tuple[Flags, Flags]:
    losses, norms = sign * losses_at_looks(history), history.numbers(history.answer, "grad_norm")
    with np.errstate(over="ignore", invalid="ignore"):
        times = norms**2 * _answers(history)
        fits = np.abs(times - 4 * losses) <= TOLERANCE * 4 * losses
    return np.isfinite(times) & np.isfinite(losses) & (losses != 0), fits


def _answers(history: History) -> Numbers:
    """How many numbers the answers of each look are."""
    return history.numbers(history.answer, "rows") * history.numbers(history.answer, "units")

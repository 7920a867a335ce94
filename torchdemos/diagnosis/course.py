"""The course of the loss: whether it falls, rises or stays, and since when."""

import math
from dataclasses import dataclass
from statistics import median

import numpy as np

from torchdemos.diagnosis.history import History

NARROW, WIDE = 5, 20  # losses whose median counts, so that no single batch decides
FEW, ENOUGH = 10, 20  # with fewer losses nobody knows whether it falls; nor, with fewer than enough, whether it stays
DIVERGED = 9.0  # times its start that a loss has grown by; healthy classifiers start at 1.0 to 1.12 times ln K
LEARNT, FLAT, NOISY = 0.2, 0.05, 0.15  # share of its start that the loss has lost


@dataclass(frozen=True)
class Course:
    """The first and the latest losses, of those that are finite; NaN if there are none.

    `start` and `recent` are medians of a quarter of them, at most 20, `last` is that of the latest five. `first` is the
    start, or what guessing costs if that is less: a classifier that comes down to it has learnt nothing.
    """

    start: float
    first: float
    recent: float
    last: float
    count: int
    noise: float  # standard error of a difference of two such medians

    @property
    def learns(self) -> bool:
        """A fifth of the loss is gone; its output bias alone can take 12 % of a classifier's."""
        return self.count >= FEW and self.first - self.recent >= LEARNT * abs(self.first)

    @property
    def flat(self) -> bool:
        """It has lost no twentieth, or no more than noise takes, although there were losses enough to tell."""
        size = abs(self.start)
        return self.count >= ENOUGH and self.start - self.recent < max(FLAT * size, min(2 * self.noise, NOISY * size))


def course(history: History) -> Course:
    """The course of the losses."""
    finite = [loss for _, loss in history.losses if math.isfinite(loss)]
    if not finite:
        return Course(*[math.nan] * 4, 0, math.nan)
    wide = min(WIDE, -(-len(finite) // 4))
    start, recent, last = median(finite[:wide]), median(finite[-wide:]), median(finite[-min(wide, NARROW) :])
    noise = 1.5 * median(abs(loss - recent) for loss in finite[-wide:]) * math.sqrt(2 / wide)
    first = min([start, *([guess] if math.isfinite(guess := guessing(history)) else [])])
    return Course(start, first, recent, last, len(finite), noise)


def diverged(first: float, last: float) -> bool:
    """Whether a loss is NaN, inf, or more than ten times what it was at first."""
    return not (math.isfinite(last) and last <= first + DIVERGED * (first if first > 0 else max(-first, 1.0)))


def guessing(history: History) -> float:
    """ln K, what guessing one of K classes costs; NaN if the answer is not known to have K >= 2 units."""
    units = history.numbers(history.answer, "units")
    known = units[np.isfinite(units)]
    return math.log(float(known[-1])) if len(known) and known[-1] >= 2 else math.nan

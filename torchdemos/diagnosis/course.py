"""The course of the loss: whether it falls, rises or stays, and since when."""

import math
from dataclasses import dataclass
from statistics import median

import numpy as np

from torchdemos.diagnosis.history import History

NARROW, WIDE = 5, 20  # losses whose median counts, so that no single batch decides
FEW, ENOUGH = 10, 20  # with fewer losses nobody knows whether it falls; nor, with fewer than enough, whether it stays
ROUNDING = 0.01
DIVERGED = 9.0  # times its start that a loss has grown by; healthy classifiers start at 1.0 to 1.12 times ln K
LEARNT, FLAT, NOISY = 0.2, 0.05, 0.15  # share of its start that the loss has lost


@dataclass(frozen=True)
class Course:
    """The first and the latest losses, of those that are finite; NaN if there are none.

    `start` and `recent` are medians of a quarter of them, at most 20, `last` is that of the latest five. `first` is the
    start, or the very first loss if that is less by a fifth, or what guessing costs if that is less: who only comes
    down to it again has learnt nothing.
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
        return Course(math.nan, math.nan, math.nan, math.nan, 0, math.nan)
    wide = min(WIDE, -(-len(finite) // 4))
    start, recent, last = median(finite[:wide]), median(finite[-wide:]), median(finite[-min(wide, NARROW) :])
    noise = 1.5 * median(abs(loss - recent) for loss in finite[-wide:]) * math.sqrt(2 / wide)
    guess = guessing(history)
    begins = abs(finite[0]) * (1 + LEARNT) if finite[0] > 0 else math.inf
    first = min(start, begins, guess if math.isfinite(guess) else math.inf)
    return Course(start, first, recent, last, len(finite), noise)


def diverged(first: float, last: float) -> bool:
    """Whether a loss is NaN, inf, or more than ten times what it was at first."""
    return not (math.isfinite(last) and last <= first + DIVERGED * (first if first > 0 else max(-first, 1.0)))


def guessing(history: History) -> float:
    """ln K, what guessing one of K classes costs; NaN if the first loss is no cross entropy of the first answers.

    The cross entropy of K >= 2 logits of at most m in size lies within 2 m of ln K.
    """
    units, largest = (history.numbers(history.answer, name) for name in ("units", "abs_max"))
    known = np.flatnonzero(np.isfinite(units) & np.isfinite(largest))
    if not len(known) or units[known[0]] < 2 or not history.losses:
        return math.nan
    guess, first = math.log(units[known[0]]), abs(history.losses[0][1])
    return guess if abs(first - guess) <= 2 * largest[known[0]] + ROUNDING else math.nan

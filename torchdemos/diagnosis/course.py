"""The course of the loss: whether it falls, rises or stays, and since when."""

import math
from dataclasses import dataclass
from statistics import median

from torchdemos.diagnosis.constant_answer import constant_cost
from torchdemos.diagnosis.history import History
from torchdemos.diagnosis.squared_error import is_squared

NARROW, WIDE = 5, 20  # losses whose median counts, so that no single batch decides
FEW, ENOUGH = 10, 20  # with fewer losses nobody knows whether it falls; nor, with fewer than enough, whether it stays
DIVERGED = 9.0  # times its start that a loss has grown by; healthy classifiers start at 1.0 to 1.12 times ln K
LEARNT, FLAT, NOISY = 0.2, 0.05, 0.15  # share of its start that the loss has lost
ROSE = 1.5  # times its start: who comes from less knew more


@dataclass(frozen=True)
class Course:
    """The first and the latest losses, of those that are finite; NaN if there are none.

    `initial` is the very first: it is told, and rules compare with medians, which no single batch decides. `start` and
    `recent` are those of a quarter of them, at most 20, `before` that of as many before, `last` that of the latest
    five. `constant` is what a constant answer costs, NaN if that is not known, and `first` the start, or the very first
    loss if that is less by a fifth, or the constant if that is less: who only comes down to it again has learnt
    nothing. Of a squared error `explained` is the variance of the latest answers, else NaN.
    """

    initial: float
    start: float
    first: float
    before: float
    recent: float
    last: float
    count: int
    constant: float
    explained: float
    noise: float  # standard error of a difference of two such medians
    steps: int  # over which the losses stretch: one that is given at every tenth step tells of ten

    @property
    def learns(self) -> bool:
        """A fifth of the loss is gone; its output bias alone can take 12 % of a classifier's."""
        return self.count >= FEW and (self.first - self.recent >= LEARNT * abs(self.first) or self.knows)

    @property
    def knows(self) -> bool:
        """The loss is less by a fifth than a constant answer's, and has not risen to that."""
        return self.recent < min((1 - LEARNT) * self.constant, ROSE * self.start)

    def above(self, share: float) -> bool:
        """Whether more than this share of what a constant answer costs is left; False if that is not known."""
        return self.recent > share * self.constant

    @property
    def flat(self) -> bool:
        """It has lost no twentieth, or no more than noise takes, although there were losses enough to tell."""
        size = abs(self.start)
        stays = self.start - self.recent < max(FLAT * size, min(2 * self.noise, NOISY * size))
        return self.count >= ENOUGH and not self.knows and (stays or self.constant_only)

    @property
    def constant_only(self) -> bool:
        """It has come down to what a constant answer costs, and stays there."""
        return self.count >= 3 * ENOUGH and self.above(1 - FLAT) and self.before < (1 + 2 * FLAT) * self.constant

    @property
    def poor(self) -> bool:
        """Half of what a constant answer costs is still there. Where that is not known, nothing is learnt, or squared
        errors vary as much as the answers do."""
        if math.isfinite(self.constant):
            return self.above(0.5)
        return not self.learns or self.recent > 0.8 * self.explained


def course(history: History) -> Course:
    """The course of the losses."""
    finite = [loss for _, loss in history.losses if math.isfinite(loss)]
    if not finite:
        unknown = math.nan
        return Course(unknown, unknown, unknown, unknown, unknown, unknown, 0, unknown, unknown, unknown, 0)
    wide = min(WIDE, -(-len(finite) // 4))
    start, recent = median(finite[:wide]), median(finite[-wide:])
    before, last = median(finite[-2 * wide : -wide] or finite), median(finite[-min(wide, NARROW) :])
    noise = 1.5 * median(abs(loss - recent) for loss in finite[-wide:]) * math.sqrt(2 / wide)
    constant = constant_cost(history)
    begins = abs(finite[0]) * (1 + LEARNT) if finite[0] > 0 else math.inf
    first = min(start, begins, constant if math.isfinite(constant) else math.inf)
    steps = history.losses[-1][0] - history.losses[0][0] + 1
    explained = _explained(history)
    return Course(finite[0], start, first, before, recent, last, len(finite), constant, explained, noise, steps)


def _explained(history: History) -> float:
    spread = history.numbers(history.answer, "std")[-1:]
    return float(spread[0]) ** 2 if len(spread) and is_squared(history) else math.nan


def diverged(first: float, last: float) -> bool:
    """Whether a loss is NaN, inf, or more than ten times what it was at first."""
    return not (math.isfinite(last) and last <= first + DIVERGED * (first if first > 0 else max(-first, 1.0)))

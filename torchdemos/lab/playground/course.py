"""How the loss of one network went, in a few numbers: by step, and by where the learning rate stood to its mark."""

import math
from dataclasses import dataclass
from typing import NamedTuple

MOST_POINTS = 200  # beyond which every second is dropped, and of later ones as many


class Point(NamedTuple):
    """A step: its loss, the learning rate it took, and that rate in units of the mark, NaN while there is none."""

    step: int
    loss: float
    rate: float
    multiple: float


@dataclass
class Stretch:
    """Steps in a row on the same side of the mark, with learning rates from `low` to `high`.

    `rate` and `mark` are the latest, and `mark` is NaN if there is none.

    The loss went from `first` to `last`; `broke_at` is the step at which it was not finite for the first time.
    """

    rate: float
    mark: float
    first: float
    last: float
    steps: int = 1
    broke_at: int | None = None

    def __post_init__(self) -> None:
        self.low = self.high = self.rate

    @property
    def side(self) -> int:
        """1 beyond the mark, -1 below it, 0 where there is none."""
        return 0 if math.isnan(self.mark) else 1 if self.rate > self.mark else -1

    @property
    def growth(self) -> float:
        """By what factor the loss rose; NaN for a single step."""
        if self.steps < 2 or not self.first > 0:
            return math.nan
        return math.inf if self.broke_at is not None else self.last / self.first


class Course:
    """What the answer of a session tells of one network, which began as `words` say and is logged as the run `name`."""

    def __init__(self, name: str, words: str) -> None:
        self.name, self.words = name, words
        self.points: list[Point] = []
        self.stretches: list[Stretch] = []
        self.steps = 0
        self._every = 1

    def add(self, step: int, loss: float, rate: float, mark: float) -> None:
        """Add a step; `mark` is NaN if none is known."""
        if not self.steps % self._every:
            self.points.append(Point(step, loss, rate, rate / mark))
        self.steps += 1
        if len(self.points) > MOST_POINTS:
            del self.points[1::2]
            self._every *= 2
        self._stretch(step, loss, Stretch(rate, mark, loss, loss))

    def _stretch(self, step: int, loss: float, new: Stretch) -> None:
        """Go on with the latest stretch, if the new step is on the same side of the mark."""
        own = self.stretches[-1] if self.stretches else None
        if own is None or own.side != new.side:
            self.stretches.append(own := new)
        else:
            own.rate, own.mark, own.steps = new.rate, new.mark, own.steps + 1
            own.low, own.high = min(own.low, new.rate), max(own.high, new.rate)
            own.last = loss if math.isfinite(loss) else own.last
        if own.broke_at is None and not math.isfinite(loss):
            own.broke_at = step

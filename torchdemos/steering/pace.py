"""How fast a training goes, and what a look at a step costs it."""

import time
from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

RECENT = 15  # steps
ENOUGH = 5  # of those that nobody looked at, to compare others with


class Pace:
    """Told when each step begins and ends, and which were looked at."""

    def __init__(self) -> None:
        self._begun = 0.0
        self._begins: deque[float] = deque(maxlen=2 * RECENT)
        self._plain: deque[float] = deque(maxlen=RECENT)  # seconds of steps that nobody looked at
        self._looks = 0  # since the last of them

    def begin(self) -> None:
        self._begun = time.perf_counter()
        self._begins.append(self._begun)

    def end(self, looked: bool) -> float:
        """What a look at this step cost: by how many seconds it took longer than others do. 0 if none are known."""
        seconds = time.perf_counter() - self._begun
        self._looks = self._looks + 1 if looked else 0
        if not looked:
            self._plain.append(seconds)
        return max(seconds - median(self._plain), 0.0) if looked and self._plain else 0.0

    @property
    def is_known(self) -> bool:
        """Whether the next step may be looked at: without steps that are not, nobody knows what a look costs."""
        return self._looks < (RECENT if len(self._plain) >= ENOUGH else 1)

    def rest(self) -> None:
        """What comes now, a pause, says nothing about the pace."""
        self._begins.clear()

    @property
    def steps_per_second(self) -> float | None:
        """Over the latest steps; None before there are two."""
        return a_second(self._begins)


def a_second(moments: Sequence[float]) -> float | None:
    """How many of these moments come in a second; None where that is unknown.

    A time between two that is longer than all others together was no step: the computer slept, or something compiled.
    """
    times = sorted(later - earlier for earlier, later in pairwise(moments))
    if len(times) > 1 and times[-1] > sum(times[:-1]):
        times.pop()
    return len(times) / sum(times) if sum(times) else None

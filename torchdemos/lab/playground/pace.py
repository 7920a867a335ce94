"""When the next step is due: a few a second to follow with the eye, as many as a screen shows, or all there can be."""

import math
import time
from collections import deque

from torchdemos.steering.budget import Clock
from torchdemos.steering.pace import a_second

SPEEDS = {"slow": 4.0, "normal": 60.0, "fast": math.inf}  # steps a second at most
LATEST = 20  # steps over which the speed is measured


class Pace:
    """The time between two steps."""

    def __init__(self, speed: str, clock: Clock = time.perf_counter) -> None:
        self.speed = speed
        self._clock = clock
        self._next = clock()
        self._latest: deque[float] = deque(maxlen=LATEST)

    @property
    def left(self) -> float:
        """Seconds until the next step is due; 0 or less if it is."""
        return self._next - self._clock()

    def stepped(self) -> None:
        """A step was taken. What a slow one missed is not made up for."""
        now = self._clock()
        self._latest.append(now)
        self._next = max(self._next + 1 / SPEEDS[self.speed], now)

    def hurry(self) -> None:
        """The next step is due now: something has changed, and somebody waits to see what it does."""
        self._next = self._clock()

    def rest(self) -> None:
        """The training stands still, so its latest speed says nothing of its next."""
        self._latest.clear()

    @property
    def steps_per_second(self) -> float:
        """Over the latest steps; 0 while there are too few."""
        return a_second(self._latest) or 0.0

"""What may be done beside the training, so that it takes no more than a share of the time."""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Clock = Callable[[], float]


class Budget:
    """The time of something done now and then: what took long is due late again.

    Of the latest two times the shorter counts, because a clock may go on for an hour while the computer sleeps. So the
    first counts nothing.
    """

    def __init__(self, clock: Clock = time.perf_counter) -> None:
        self._clock = clock
        self._ended = -math.inf
        self._took = deque([0.0], maxlen=2)

    def is_due(self, share: float) -> bool:
        """Whether it may be done now, so as to take this share of all time, above 0 and at most 1."""
        return self._clock() >= self._ended + min(self._took) * (1 / share - 1)

    @contextmanager
    def spent(self) -> Iterator[None]:
        """Surround what is done."""
        begun = self._clock()
        yield
        self._ended = self._clock()
        self._took.append(self._ended - begun)

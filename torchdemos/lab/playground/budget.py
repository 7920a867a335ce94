"""What may be done beside the training, so that it takes no more than a share of the time."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Clock = Callable[[], float]


class Budget:
    """The time of something done now and then: what took long is due late again."""

    def __init__(self, clock: Clock = time.perf_counter) -> None:
        self._clock = clock
        self._ended, self._took = -math.inf, 0.0

    def is_due(self, share: float) -> bool:
        """Whether it may be done now, so as to take this share of all time, above 0 and at most 1."""
        return self._clock() >= self._ended + self._took * (1 / share - 1)

    @contextmanager
    def spent(self) -> Iterator[None]:
        """Surround what is done."""
        begun = self._clock()
        yield
        self._ended = self._clock()
        self._took = self._ended - begun

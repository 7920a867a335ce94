"""What may be done beside the training, so that it takes no more than a share of the time."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Clock = Callable[[], float]


class Budget:
    """A share of all time, above 0 and below 1, for something done now and then: what took long is due late again."""

    def __init__(self, share: float, clock: Clock = time.perf_counter) -> None:
        self._share, self._clock = share, clock
        self._due = clock()

    @property
    def due(self) -> bool:
        """Whether it may be done now."""
        return self._clock() >= self._due

    @contextmanager
    def spent(self) -> Iterator[None]:
        """Surround what is done."""
        begun = self._clock()
        yield
        ended = self._clock()
        self._due = ended + (ended - begun) * (1 / self._share - 1)

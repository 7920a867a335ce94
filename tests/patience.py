"""How long a test waits for what must come. Nothing is measured by it: a busy machine may take its time."""

import time
from collections.abc import Callable

SECONDS = 60
OF_PROCESSES = 300  # seconds for a process that imports PyTorch, compiles what looks, and trains
WAIT = 1000 * SECONDS  # in milliseconds, as a browser counts


def until(holds: Callable[[], object], every: float = 0.001) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(every)

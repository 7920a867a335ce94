"""What pages have asked for, until the training takes it."""

import threading
from typing import Any, NamedTuple

from torchdemos.view.serving.request import Refusal

MOST_WAITING = 500


class Change(NamedTuple):
    """A control or an action by its name, and the value that it shall have."""

    name: str
    value: Any


class Changes:
    """Put by the server, taken by the training."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._waiting: list[Change] = []

    def put(self, change: Change) -> None:
        """Raises `Refusal` when the training takes none."""
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                raise Refusal(503, "too many changes wait for the next step: wait until it is done")
            self._waiting.append(change)
            self._asked.set()

    def take(self) -> list[Change]:
        if not self._waiting:
            return []
        with self._lock:
            taken, self._waiting = self._waiting, []
            self._asked.clear()
        return taken

    def wait(self, seconds: float) -> None:
        self._asked.wait(seconds)

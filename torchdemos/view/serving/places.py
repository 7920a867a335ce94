"""The places of a server: how many connections it holds, and who loses a place when there are too many."""

from asyncio import Task
from typing import Any

MOST = 200


class Places:
    """Strangers have not shown the token, or have been answered. When all places are taken, the first of them goes."""

    def __init__(self) -> None:
        self._strangers: dict[Task[Any], None] = {}  # the oldest first
        self._known: set[Task[Any]] = set()

    def take(self, task: Task[Any]) -> bool:
        """Whether there is a place for this connection."""
        if self._taken() >= MOST and self._strangers:
            oldest = next(iter(self._strangers))
            del self._strangers[oldest]
            oldest.cancel()
        if self._taken() >= MOST:
            return False
        self._strangers[task] = None
        return True

    def know(self, task: Task[Any]) -> None:
        """It has shown the token, and keeps its place."""
        del self._strangers[task]
        self._known.add(task)

    def forget(self, task: Task[Any]) -> None:
        """It has its answer, and only has to go."""
        self._known.discard(task)
        self._strangers[task] = None

    def leave(self, task: Task[Any]) -> None:
        self._strangers.pop(task, None)
        self._known.discard(task)

    def known(self) -> list[Task[Any]]:
        return [*self._known]

    def clear(self) -> list[Task[Any]]:
        """End all connections; those that are about to end."""
        left = [*self._strangers, *self._known]
        for task in left:
            task.cancel()
        return left

    def _taken(self) -> int:
        return len(self._strangers) + len(self._known)

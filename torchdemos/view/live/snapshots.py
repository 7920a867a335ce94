"""A snapshot that pages ask for and the training makes at its next step."""

import asyncio
import contextlib
from asyncio import AbstractEventLoop, Future
from collections.abc import Sequence
from typing import NamedTuple

PATIENCE = 60  # seconds: a step of a large network may take as long


class Snapshot(NamedTuple):
    """The parts of a snapshot, and its step."""

    blobs: Sequence[bytes]
    step: int


class Snapshots:
    """All pages that ask before the next snapshot get the same one."""

    def __init__(self) -> None:
        self._asked: list[tuple[AbstractEventLoop, Future[Snapshot | None]]] = []

    def wanted(self) -> bool:
        return bool(self._asked)

    def give(self, snapshot: Snapshot | None) -> None:
        """From the training's thread. None says that there will be no more."""
        asked, self._asked = self._asked, []
        for loop, answer in asked:
            with contextlib.suppress(RuntimeError):  # the server has stopped
                loop.call_soon_threadsafe(_settle, answer, snapshot)

    async def next(self) -> Snapshot | None:
        """In the server's loop. Raises `TimeoutError`."""
        loop = asyncio.get_running_loop()
        answer: Future[Snapshot | None] = loop.create_future()
        place = loop, answer
        self._asked.append(place)
        try:
            async with asyncio.timeout(PATIENCE):
                return await answer
        finally:
            with contextlib.suppress(ValueError):  # it has been taken
                self._asked.remove(place)


def _settle(answer: Future[Snapshot | None], snapshot: Snapshot | None) -> None:
    if not answer.done():
        answer.set_result(snapshot)

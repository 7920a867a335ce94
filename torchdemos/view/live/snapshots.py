"""A snapshot that pages ask for and the training makes at its next step."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future

PATIENCE = 5  # seconds

Snapshot = tuple[Sequence[bytes], int]
"""Its blobs, and its step."""


class Snapshots:
    """All pages that ask before the next snapshot share it."""

    def __init__(self) -> None:
        self._next: Future[Snapshot] | None = None

    def wanted(self) -> bool:
        return self._next is not None

    def give(self, blobs: Sequence[bytes], step: int) -> None:
        asked, self._next = self._next, None
        if asked is not None and not asked.done():
            asked.set_result((blobs, step))

    async def ask(self) -> Snapshot:
        """The next one. Raises `TimeoutError`."""
        asked = self._next = self._next or Future()
        async with asyncio.timeout(PATIENCE):
            return await asyncio.shield(asyncio.wrap_future(asked))

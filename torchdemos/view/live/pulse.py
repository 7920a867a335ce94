"""Wakes what waits in the server's loop from the training's thread, which costs that nothing when nobody waits."""

import asyncio
import contextlib


class Pulse:
    """One beat for all that expect it."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self._beat = asyncio.Event()
        self._is_expected = False

    def expected(self) -> asyncio.Event:
        """The next beat. Whoever asks before looking for news misses none."""
        self._is_expected = True
        return self._beat

    def give(self) -> None:
        """From any thread."""
        if self._is_expected and self.loop is not None:
            self._is_expected = False
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self.loop.call_soon_threadsafe(self._give)

    def _give(self) -> None:
        beat, self._beat = self._beat, asyncio.Event()
        beat.set()

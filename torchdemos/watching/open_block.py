"""A block that one call enters and another leaves, for frameworks that call you back and have no `with`."""

from contextlib import AbstractContextManager, suppress
from typing import Any


class Unfinished(Exception):
    """A block was left before it was done, and the numbers of half a step would be wrong."""


class OpenBlock:
    """The context manager of a step that was entered and not left yet, if there is one. A copy has none."""

    def __init__(self) -> None:
        self.step: int | None = None
        self._block: AbstractContextManager[Any] | None = None

    def enter(self, step: int, block: AbstractContextManager[Any]) -> None:
        """Enter the block of this step."""
        block.__enter__()
        self.step, self._block = step, block

    def leave(self) -> None:
        """Leave the block as its end does. Does nothing if none is open."""
        if block := self._no_longer_open():
            block.__exit__(None, None, None)

    def cancel(self) -> None:
        """Leave the block as an exception does. Does nothing if none is open."""
        if block := self._no_longer_open():
            with suppress(Unfinished):
                block.__exit__(Unfinished, Unfinished(), None)

    def _no_longer_open(self) -> AbstractContextManager[Any] | None:
        block, self.step, self._block = self._block, None, None
        return block

    def __getstate__(self) -> dict[str, Any]:
        return {"step": None, "_block": None}

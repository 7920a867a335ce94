"""What the playground asks of the page that shows it: a part of what `torchdemos.view.live.page.Page` can."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Page(Protocol):
    """The page of a training; no method waits for who looks at it, but `wait`."""

    @property
    def pages(self) -> int:
        """How many are open."""

    def scene(self, **parts: Any) -> None:
        """Say what rarely changes."""

    def begin(self, name: str, words: str) -> None:
        """Begin another curve, in the place of one without a point."""

    def point(self, step: int, loss: float) -> None:
        """Add a point to the current curve."""

    def accuracy(self, step: int, accuracy: float) -> None:
        """Add the accuracy after so many steps to the current curve."""

    def wants_frame(self) -> bool:
        """Whether somebody has the latest frame, and there is time to make another."""

    def frame(self, content: Mapping[str, Any], seconds: float) -> None:
        """Show a frame, which took so many seconds to make."""

    def changes(self) -> Sequence[tuple[str, Any]]:
        """Names and values of the changes asked for since the last call."""

    def wait(self, seconds: float) -> None:
        """Return after so long, or when a change comes."""

    def wants_snapshot(self) -> bool:
        """Whether somebody waits for a snapshot."""

    def give_snapshot(self, blobs: Sequence[bytes], step: int) -> None:
        """Answer who waits for one."""

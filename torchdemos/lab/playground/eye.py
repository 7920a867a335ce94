"""Sees how gradients and updates flow through a network, at the steps whose frame the page will show."""

from collections.abc import Callable
from typing import Any

from torchdemos.lab.playground.page import Page
from torchdemos.steering.frames import Frames
from torchdemos.steering.pace import Pace
from torchdemos.watching.look import Look
from torchdemos.watching.neuron_images import Sight


class Eye:
    """A viewer as `viewed` takes one.

    `looks` says whether it saw the latest step, and `cost` by how many seconds that made the step longer, if known.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self.looks = False
        self._pace = Pace()
        self.cost = 0.0
        self.begin()

    def begin(self) -> None:
        """Another network trains."""
        self._frames, self.flow = Frames(""), list[dict[str, Any]]()

    def timed(self, step: Callable[[], object]) -> None:
        """Take a step, and learn from its time what a look costs."""
        self.looks = False
        self._pace.begin()
        step()
        self.cost = self._pace.end(self.looks)

    def wants(self, step: int) -> bool:
        """Whether the page will show a frame of this step."""
        self.looks = self._page.wants_frame()
        return self.looks

    def draws(self, step: int) -> bool:
        """Snapshots are made of the digit that is shown, not of the batch."""
        return False

    def see(self, look: Look, sight: Sight, find: object) -> None:
        """Take a look."""
        self.flow = self._frames.frame(look, {})["flow"]

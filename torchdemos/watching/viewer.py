"""Somebody who sees looks as they are taken, beside the log and without a trace in it: a page, say."""

from collections.abc import Callable
from typing import Protocol

from torchdemos.diagnosis import Finding
from torchdemos.watching.look import Look
from torchdemos.watching.neuron_images import Sight

Find = Callable[[], list[Finding]]


class Viewer(Protocol):
    """What is asked at each step, and given the looks that it wants: see `viewed`.

    What it raises in `see` is told as a notice, and training goes on.
    """

    def wants(self, step: int) -> bool:
        """Whether to look at this step."""
        ...

    def draws(self, step: int) -> bool:
        """Whether that look is to keep all weights, so that it can be drawn."""
        ...

    def see(self, look: Look, sight: Sight, find: Find) -> None:
        """Take a look with the neurons of the batch's first sample; `find` tells what is wrong as of this look."""
        ...

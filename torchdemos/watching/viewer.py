"""Somebody who sees looks as they are taken, beside the log and without a trace in it: a page, say."""

from collections.abc import Callable, Mapping
from typing import Protocol

from torch import Tensor

from torchdemos.diagnosis import Finding
from torchdemos.watching.look import Look
from torchdemos.watching.neuron_images import NeuronImages

Find = Callable[[], list[Finding]]
Neurons = Mapping[str, Tensor]  # float64 without the batch dimension, by key in call order; what was given is GIVEN


class Viewer(Protocol):
    """What is asked at each step, and given the looks that it wants: see `viewed`.

    What it raises in `see` is told as a notice, and training goes on.
    """

    def wants(self, step: int) -> bool:
        """Whether to look at this step."""
        ...

    def draws(self, step: int) -> bool:
        """Whether that look is to come with a snapshot, for which all weights are copied."""
        ...

    def see(self, look: Look, neurons: Neurons, images: NeuronImages, find: Find) -> None:
        """Take a look with the neurons of the batch's first sample; `find` tells what is wrong as of this look."""
        ...

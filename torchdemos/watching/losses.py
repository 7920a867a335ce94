"""The losses that a training loop gives in the block that is looked at."""

from typing import Any, SupportsFloat

import numpy as np
from torch import Tensor

from torchdemos import stats
from torchdemos.hooks import torch_state
from torchdemos.stats import kernels
from torchdemos.stats.vectors import Float64Vector, combined, read
from torchdemos.watching.parameters import local


class Losses:
    """Keeps the losses that are given inside a block, on their device; outside it keeps none."""

    def __init__(self) -> None:
        self._given: list[Float64Vector] | None = None

    def begin(self) -> list[Float64Vector]:
        """Return a list that fills with the losses [1] that are given until `end`."""
        self._given = []
        return self._given

    def end(self) -> None:
        """Keep none from now on."""
        self._given = None

    def give(self, loss: Tensor | SupportsFloat) -> None:
        """Keep a loss, of a tensor with several elements their mean. Nothing waits for the device."""
        if self._given is not None and not torch_state.inside_transform():
            self._given += _number_of(loss)

    def __getstate__(self) -> dict[str, Any]:
        return {"_given": None}


def _number_of(loss: Tensor | SupportsFloat) -> list[Float64Vector]:
    """The loss as a vector [1]; none for a tensor without values."""
    if not isinstance(loss, Tensor):
        return [np.array([float(loss)])]
    with torch_state.outside_modes():
        values = stats.as_plain(local(loss.detach())).reshape(-1)
        if len(values) < 2:
            return [read(values)] if len(values) else []
        return [combined(lambda found: found[:1], kernels.output_statistics(values, 0))]

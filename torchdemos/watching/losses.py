"""The losses that a training loop gives in the block that is looked at."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, SupportsFloat

import numpy as np
from torch import Tensor

from torchdemos import stats
from torchdemos.hooks import torch_state
from torchdemos.stats.vectors import Float64Vector
from torchdemos.watching.parameters import local


class Losses:
    """Keeps the losses that are given inside a block, on their device; outside it keeps none."""

    def __init__(self) -> None:
        self._blocks: list[list[Float64Vector]] = []  # a block inside another has losses of its own

    @contextmanager
    def kept(self) -> Iterator[list[Float64Vector]]:
        """Fill a list with the losses [1] that are given inside the `with` block."""
        given: list[Float64Vector] = []
        self._blocks.append(given)
        try:
            yield given
        finally:
            self._blocks.pop()

    def give(self, loss: Tensor | SupportsFloat) -> None:
        """Keep a loss, of a tensor with several elements their mean. Nothing waits for the device."""
        if self._blocks and not torch_state.inside_transform():
            self._blocks[-1] += _number_of(loss)

    def __getstate__(self) -> dict[str, Any]:
        return {"_blocks": []}


def _number_of(loss: Tensor | SupportsFloat) -> list[Float64Vector]:
    """The loss as a vector [1]; none for a tensor without values."""
    if not isinstance(loss, Tensor):
        return [np.array([float(loss)])]
    with torch_state.outside_modes():
        values = stats.as_float64(local(loss.detach()))
        return [values.mean().reshape(1)] if values.numel() else []

"""The statistics of one layer's output and of its gradient, and those pooled over the parts of a batch."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor

from torchdemos import stats
from torchdemos.stats import kernels
from torchdemos.stats.conversion import widest
from torchdemos.stats.pieces import without_repetitions
from torchdemos.stats.vectors import Float64Array, Float64Vector, combined
from torchdemos.watching.tensor_parallel import is_spread
from torchdemos.watching.tokens import Tokens

MOST_REPEATED = 2**20  # units that are one and the same element


class OutputStatistics(NamedTuple):
    """What is kept of one output. `numbers` are `stats.OUTPUT_STATISTICS` and the moments of every unit,
    float64 [6 + 2 units], on their device until a capture brings them; where nobody knows the units there are none.
    `first` is the first sample of the batch, where it was asked for."""

    numbers: Any
    elements: int
    samples: int
    histogram: stats.Histogram | None
    first: Tensor | None

    @property
    def summary(self) -> Float64Array:
        """The statistics named in `stats.SUMMARY`."""
        return cast(Float64Array, self.numbers[: len(stats.SUMMARY)])

    @property
    def units(self) -> int:
        return (len(self.numbers) - len(stats.OUTPUT_STATISTICS)) // 2

    @property
    def moments(self) -> Float64Array:
        """Mean and mean square of each unit over the samples [2, units]."""
        return cast(Float64Array, self.numbers[len(stats.OUTPUT_STATISTICS) :].reshape(2, self.units))


def measure(
    output: Tensor, place: int | None, histogram: bool = False, first: bool = False, tokens: Tokens | None = None
) -> OutputStatistics | None:
    """The statistics of an output whose units are in dimension `place`, see `Units.place`; of `tokens` only, if given.

    None for what is not an activation: integers (indices, lengths) and empty tensors; and for a DTensor, see
    `is_spread`. Raises for a kind of tensor that cannot be measured.
    """
    batch = output.detach()
    if is_spread(output) or not (batch.is_floating_point() or batch.is_complex() or batch.is_quantized):
        return None
    samples = batch.size(0) if batch.dim() and place != 0 else 1
    if not kernels.is_usual(batch):
        batch, place = _rows_of_nested(batch, place) if batch.is_nested else (stats.as_plain(batch), place)
    x, place = tokens.select(batch, place) if tokens and not output.is_nested else (batch, place)
    if not x.numel():
        return None
    return OutputStatistics(
        _numbers(x, place),
        x.numel(),
        samples,
        stats.histogram(x) if histogram else None,
        widest(batch[0]).clone() if first and batch.dim() > 1 and not output.is_nested else None,
    )


def keep_input(given: Tensor) -> Tensor | None:
    """Keep the first sample of a layer's input [1, ...].

    None for what is not made of neurons (indices, say), and for a DTensor, see `is_spread`.
    """
    try:
        neurons = given.is_floating_point() and given.dim() > 1 and not is_spread(given)
        return widest(given[:1]).clone() if neurons else None
    except Exception:
        return None


def pool_outputs(parts: Sequence[OutputStatistics]) -> OutputStatistics:
    """The statistics of the parts of a batch together: exactly those of their concatenation.

    Histogram and first sample are the first part's. A part whose number of units differs from the first part's (the
    network was changed in between) counts in the summary only.
    """
    if len(parts) == 1:
        return parts[0]
    elements = [part.elements for part in parts]
    summary = stats.pooled_summary([part.summary for part in parts], elements)
    return parts[0]._replace(
        numbers=stats.joined_statistics(summary, _pooled_moments([part.moments for part in parts], elements)),
        elements=sum(elements),
        samples=sum(part.samples for part in parts),
    )


def pool_gradients(parts: Sequence[Float64Array]) -> Float64Array:
    """Norm and largest magnitude [2] of the gradients of the parts of a batch together."""
    if len(parts) == 1:
        return parts[0]
    norms, largest = np.stack(parts).T
    return np.array([np.sqrt((norms**2).sum()), largest.max()])


def _rows_of_nested(x: Tensor, place: int | None) -> tuple[Tensor, int | None]:
    """The parts of a nested tensor as [samples, units], and the place of the units; one vector if nobody knows it."""
    parts = [stats.as_plain(part) for part in x.unbind()]
    if place is not None and 0 < place < x.dim():
        rows = [part.movedim(place - 1, -1) for part in parts]
        if len({row.shape[-1] for row in rows}) == 1:
            return torch.cat([row.reshape(-1, row.shape[-1]) for row in rows]), 1
    return torch.cat([part.reshape(-1) for part in parts]), None


def _numbers(x: Tensor, place: int | None) -> Float64Vector:
    """`stats.OUTPUT_STATISTICS` and the moments of the units; without a place none, and their dead share is NaN."""
    if place is not None and place < x.dim() and x.shape[place] > MOST_REPEATED and x.stride(place) == 0:
        place = None
    if place is None:
        return combined(_of_no_units, kernels.output_statistics(without_repetitions(x), 0))
    if place == x.dim():
        return kernels.output_statistics(x.unsqueeze(-1), place)
    return kernels.output_statistics(x, place) if x.dim() > 1 else kernels.output_statistics(x[None], 1)


def _of_no_units(found: Float64Array) -> Float64Array:
    return np.array([*found[: len(stats.SUMMARY)], math.nan])


def _pooled_moments(moments: Sequence[Float64Array], elements: Sequence[int]) -> Float64Array:
    """The means over all samples, from the means over those of each part."""
    first = moments[0]
    alike = [(m, n) for m, n in zip(moments, elements, strict=True) if m.shape == first.shape]
    return sum((m * n for m, n in alike), np.zeros_like(first)) / sum(n for _, n in alike)

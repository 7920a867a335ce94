"""Histograms of the finite values of a tensor, on a linear axis or by powers of ten."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from torchdemos.stats.conversion import as_vector


class Histogram(NamedTuple):
    """Counts of finite values in equal bins: counts [bins], edges [bins + 1], and how many values were dropped."""

    counts: Tensor
    edges: Tensor
    dropped: Tensor


def histogram(x: Tensor, bins: int = 64, log10: bool = False) -> Histogram:
    """Histogram of the finite values; with `log10`, of the logarithm of their magnitudes.

    On a linear axis gradients of 1e-13 all fall into one bin; on the log10 axis they keep their shape. Values without
    a place (NaN, inf, and 0 on the log10 axis) are counted as dropped.
    """
    x = as_vector(x)
    x = x.abs().log10() if log10 else x
    finite = torch.isfinite(x)
    low, width = _range(x, finite)
    place = ((x - low) / width * bins).nan_to_num(0).floor().clamp(0, bins - 1).long()
    counts = torch.zeros(bins, dtype=torch.int64, device=x.device).scatter_add_(0, place, finite.long())
    edges = low + width * torch.arange(bins + 1, dtype=torch.float64, device=x.device) / bins
    return Histogram(counts, edges, x.numel() - counts.sum())


def _range(x: Tensor, finite: Tensor) -> tuple[Tensor, Tensor]:
    """The lowest finite value, and the width up to the highest.

    Where all values are equal, they lie in the middle of a range as wide as their magnitude, and at least 1 wide.
    """
    if not x.numel():
        return torch.zeros_like(x.sum()), torch.ones_like(x.sum())
    low, high = torch.where(finite, x, math.inf).amin(), torch.where(finite, x, -math.inf).amax()
    none_finite = low > high
    low, high = low.masked_fill(none_finite, 0), high.masked_fill(none_finite, 0)
    spread = high - low
    margin = low.abs().clamp(min=1)
    return torch.where(spread > 0, low, low - margin / 2), torch.where(spread > 0, spread, margin)

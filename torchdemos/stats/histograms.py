"""Histograms of the finite values of a tensor, on a linear axis or by powers of ten."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from torchdemos.stats.conversion import WITHOUT_FLOAT64, as_plain, real
from torchdemos.stats.pieces import most_elements, parted

COPIES = 6  # of a piece, in float64


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
    x = as_plain(x)
    parts = [part for (part,) in parted((x,), most_elements(x, COPIES, 8))]
    low, width = _range([_extremes(_values(part, log10)) for part in parts])
    counts = torch.zeros(bins, dtype=torch.int64, device=x.device)
    for part in parts:
        values = _values(part, log10)
        place = ((values - low) / width * bins).nan_to_num(0).floor().clamp(0, bins - 1).long()
        counts.scatter_add_(0, place, torch.isfinite(values).long())
    edges = low + width * torch.arange(bins + 1, dtype=low.dtype, device=x.device) / bins
    return Histogram(counts, edges, x.numel() - counts.sum())


def _values(x: Tensor, log10: bool) -> Tensor:
    """Elements as a vector, or the logarithm of their magnitudes; in float64 if the device has it."""
    x = real(x).reshape(-1)
    x = x.to(torch.float32 if x.device.type in WITHOUT_FLOAT64 else torch.float64)
    return x.abs().log10() if log10 else x


def _extremes(x: Tensor) -> Tensor:
    """The lowest and the highest finite value [2]; inf and -inf if there is none."""
    finite = torch.isfinite(x)
    if not x.numel():
        return torch.stack([x.sum() + math.inf, x.sum() - math.inf])
    return torch.stack([torch.where(finite, x, math.inf).amin(), torch.where(finite, x, -math.inf).amax()])


def _range(extremes: list[Tensor]) -> tuple[Tensor, Tensor]:
    """The lowest finite value, and the width up to the highest.

    Where all values are equal, they lie in the middle of a range as wide as their magnitude, and at least 1 wide.
    """
    together = torch.stack(extremes)
    low, high = together[:, 0].amin(), together[:, 1].amax()
    none_finite = low > high
    low, high = low.masked_fill(none_finite, 0), high.masked_fill(none_finite, 0)
    spread = high - low
    margin = low.abs().clamp(min=1)
    return torch.where(spread > 0, low, low - margin / 2), torch.where(spread > 0, spread, margin)

"""Statistics of a layer's output by PyTorch's own reductions, on any device: a handful of kernels for each piece of it.

The device finds a few sums for each unit; the host makes float64 numbers of them after the one transfer of a look.
Each piece is scaled by an exact power of two, so no square under- or overflows, and its sums are around its mean, so
rounding in float32 spoils no spread. PyTorch adds up in a tree, whose error in float32 stays near 1e-7.
"""

from functools import partial

import numpy as np
import torch
from torch import Tensor

from torchdemos.stats.conversion import exact_type, real
from torchdemos.stats.pieces import (
    in_columns,
    in_memory_order,
    most_elements,
    power_of_two,
    samples_in_pieces,
    without_repetitions,
)
from torchdemos.stats.vectors import Array, Float64Array, Float64Vector, later

COPIES = 4  # differences to the mean, their squares, which elements are finite, which are 0
LEAST_POWER = float(np.finfo(np.float64).tiny)  # of a unit that is not 0, also where the squares of float64 vanish
MIN_VARIANCE = 2.0**-20  # beside the square of what a mean is off; what is less is rounding

_made: dict[tuple[torch.dtype, torch.device, int], Tensor] = {}  # limits by type, device and dimensions


def output_statistics(x: Tensor, unit_dim: int) -> Float64Vector:
    """`OUTPUT_STATISTICS` and the moments of every unit [6 + 2 units] of a plain tensor with elements."""
    x = x.detach() if x.dim() else x.detach()[None]
    x, unit_dim = (x.unsqueeze(1), 1) if x.dim() < 2 else (x, unit_dim % x.dim())
    x, unit_dim = in_memory_order(without_repetitions(x, unit_dim), unit_dim)
    x, unit_dim, columns = in_columns(x, unit_dim)
    pieces = list(samples_in_pieces(x, unit_dim, most_elements(x, COPIES, exact_type(x).itemsize)))
    samples = [piece.numel() // x.shape[unit_dim] for piece in pieces]
    room = x.new_empty(COPIES * max(piece.numel() for piece in pieces), dtype=exact_type(x))
    return later(tuple(_sums(real(piece), unit_dim, room) for piece in pieces), partial(_finish, samples, columns))


def _sums(x: Tensor, unit_dim: int, room: Tensor) -> Tensor:
    """The sums of each unit in ten kernels [7, units].

    They are the largest magnitude and the power of two below it; of what is divided by that the mean, the sum of the
    differences to this mean and the sum of their squares; and how many elements are finite, and how many are 0.
    """
    dimensions = [i for i in range(x.dim()) if i != unit_dim]
    copies = room[: COPIES * x.numel()].view(COPIES, *x.shape)
    found = room.new_empty((7, *(n if i == unit_dim else 1 for i, n in enumerate(x.shape))))
    limits = _limits(room, x.dim())
    largest, scale, mean = found[0], found[1], found[2]
    difference, square, magnitudes = copies[0], copies[1], copies[2:]
    _write_magnitudes(x.expand(2, *x.shape), limits, magnitudes)
    torch.amax(magnitudes[0], dimensions, keepdim=True, out=largest)
    torch.div(x, power_of_two(largest, scale), out=difference)
    torch.mean(difference, dimensions, keepdim=True, out=mean)
    torch.square(difference.sub_(mean), out=square)
    magnitudes.le_(limits)
    torch.sum(copies, [i + 1 for i in dimensions], keepdim=True, out=found[3:])
    return found.view(7, -1)


def _write_magnitudes(x: Tensor, positive: Tensor, out: Tensor) -> None:
    """Write magnitudes in the type of `out`; `positive` numbers of that type make halves wider in the same kernel."""
    if x.dtype is out.dtype:
        torch.abs(x, out=out)
    else:
        torch.copysign(x, positive, out=out)


def _limits(like: Tensor, dimensions: int) -> Tensor:
    """The largest magnitude of a finite number, and of one that is 0 [2, 1, ...]; made once."""
    key = like.dtype, like.device, dimensions
    if key in _made:
        return _made[key]
    limits = like.new_zeros((2, *[1] * dimensions))
    limits[:1].fill_(torch.finfo(like.dtype).max)
    if type(limits) is Tensor:  # not under a mode that makes others
        _made[key] = limits
    return limits


def _finish(samples: list[int], columns: int, *sums: Array) -> Float64Array:
    """The statistics of all pieces together, from the sums of each, its samples and the columns of each unit."""
    with np.errstate(all="ignore"):
        largest = [part[0].max() for part in sums]
        counts = np.sum([part[5:].sum(1, dtype=np.float64) for part in sums], 0)  # float32 counts no further than 2^24
        moments = _pooled(samples, [_moments(*each) for each in zip(samples, sums, strict=True)])
        if columns > 1:
            moments = _pooled([1] * columns, list(moments.reshape(3, -1, columns).transpose(2, 0, 1)))
        mean, square, variance = moments
        units = len(mean)
        centre = mean.sum() / units
        spread = np.sqrt((variance + (mean - centre) ** 2).sum() / units)
        finite, zeros = counts / (sum(samples) * columns * units)
        dead = 1 - np.count_nonzero(square) / units
        return np.concatenate([(centre, spread, np.max(largest), zeros, finite, dead), mean, square])


def _moments(samples: int, sums: Array) -> Float64Array:
    """Mean, mean square and variance of each unit in a piece [3, units]."""
    largest, scale, mean, shift, square = sums[:5].astype(np.float64)
    whole = np.isfinite(largest)
    off = shift / samples
    variance = square / samples - off * off
    variance[variance < MIN_VARIANCE * off * off] = 0
    variance *= scale * scale
    mean = scale * np.where(whole, mean + off, mean)
    power = np.maximum(variance + mean * mean, np.where(largest > 0, LEAST_POWER, 0))
    return np.array([mean, np.where(whole, power, largest), variance])


def _pooled(samples: list[int], moments: list[Float64Array]) -> Float64Array:
    """The moments of all pieces together [3, units]."""
    if len(moments) == 1:
        return moments[0]
    share = np.array(samples, np.float64)[:, None] / sum(samples)
    mean, square, variance = np.stack(moments, 1)
    centre = (share * mean).sum(0)
    return np.array([centre, (share * square).sum(0), (share * (variance + (mean - centre) ** 2)).sum(0)])

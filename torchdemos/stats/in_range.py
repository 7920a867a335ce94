"""Statistics of usual tensors on the CPU in half the passes: nothing is scaled where float32 holds all squares.

The host looks at each number before it goes on; on a GPU that would mean to wait. What is out of range is not measured
here. What adds up in float32 is a piece or a row, and the rest is added up in float64.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from torchdemos.stats.pieces import (
    in_columns,
    in_memory_order,
    most_elements,
    parted,
    samples_in_pieces,
    without_repetitions,
)
from torchdemos.stats.vectors import Array, Float64Array

LEAST, MOST = 2.0**-40, 2.0**50  # norms whose squares neither vanish nor overflow where they are added up
SPREAD = 0.5  # of the mean square is the variance, at least, where it is exact as a difference
ROW = 1024  # elements
SMALLER = 8  # are the differences of parameters than an output's copies: all parameters of a small model are little
COPIES, FLOAT32 = 4, 4  # a piece is as large as those of `output_sums`


def output_statistics(x: Tensor, unit_dim: int) -> Float64Array | None:
    """`OUTPUT_STATISTICS` and the moments of every unit [6 + 2 units] of a plain tensor; None if it is out of range.

    One without a change of sign is, since it may lie far from 0 and spread little.
    """
    x, unit_dim = (x.detach(), unit_dim % x.dim()) if x.dim() > 1 else (x.detach().reshape(-1, 1), 1)
    x, unit_dim, columns = in_columns(*in_memory_order(without_repetitions(x, unit_dim), unit_dim))
    dimensions = [dimension for dimension in range(x.dim()) if dimension != unit_dim]
    largest, sums = 0.0, np.zeros((3, x.shape[unit_dim]))
    for piece in samples_in_pieces(x, unit_dim, most_elements(x, COPIES, FLOAT32)):
        piece = piece.float()
        low, high = piece.amin().item(), piece.amax().item()
        largest = max(largest, -low, high)
        if not (low <= 0 <= high and largest < MOST):
            return None
        sums += _sums(piece, dimensions)
    sums = sums.reshape(3, -1, columns).sum(2)
    means = sums / (x.numel() // sums.shape[1])
    return _finished(means, largest) if largest > LEAST else None


def _sums(x: Tensor, dimensions: list[int]) -> Float64Array:
    """Of each unit the sum, the sum of the squares, and how many elements are 0 [3, units]."""
    copy = torch.square(x)
    squares = copy.sum(dimensions)
    zeros = torch.eq(x, 0, out=copy).sum(dimensions)
    return np.array([x.sum(dimensions).numpy(), squares.numpy(), zeros.numpy()], np.float64)


def _finished(means: Float64Array, largest: float) -> Float64Array | None:
    """The statistics from those of all units; None for a small spread, and if the squares of a unit vanish."""
    _, square, zeros = means
    centre, power, zero_fraction = means.sum(1) / len(square)
    variance = power - centre * centre
    faint = square < LEAST * LEAST
    if variance < SPREAD * power or (faint.any() and (zeros[faint] < 1).any()):
        return None
    dead = 1 - np.count_nonzero(square) / len(square)
    summary = centre, math.sqrt(variance), largest, zero_fraction, 1.0, dead
    return np.concatenate([summary, means[0], square])


def norm_and_abs_max(x: Tensor) -> Float64Array | None:
    """Norm and largest magnitude of a plain tensor [2]; None if it is out of range."""
    stored, _ = in_memory_order(without_repetitions(x.detach()), 0)
    largest, square = 0.0, 0.0
    for (part,) in parted((stored,), most_elements(stored, COPIES, FLOAT32)):
        part = part.float()
        largest = max(largest, -part.amin().item(), part.amax().item())
        for norms in _norms_of_rows(part):
            square += float(np.square(norms, dtype=np.float64).sum())
    norm = math.sqrt(square * (x.numel() / stored.numel()))
    return np.array([norm, largest]) if LEAST < norm < MOST else None


def norms(tensors: Sequence[tuple[Tensor, ...]]) -> Float64Array:
    """The norm of each contiguous tensor, or of the difference of each two; NaN of what is out of range [tensors]."""
    rows = [list(_rows(each)) for each in tensors]
    starts = np.cumsum([0, *(sum(map(len, found)) for found in rows[:-1])])
    squares = np.square(np.concatenate([norms for found in rows for norms in found], dtype=np.float64))
    found: Float64Array = np.sqrt(np.add.reduceat(squares, starts))
    found[~((found > LEAST) & (found < MOST))] = np.nan
    return found


def _rows(tensors: tuple[Tensor, ...]) -> Iterator[Array]:
    """Norms of rows of a tensor, or of the difference of two."""
    for x, *others in parted(tensors, most_elements(tensors[0], SMALLER * COPIES, FLOAT32)):
        for other in others:
            x = torch.sub(x.float(), other.float())
        yield from _norms_of_rows(x)


def _norms_of_rows(x: Tensor) -> Iterator[Array]:
    """Norms of vectors that together have all elements, none of them so long that rounding adds up."""
    x = x.detach().reshape(-1).float()
    even = x.numel() // ROW * ROW
    if even:
        yield torch.linalg.vector_norm(x[:even].view(-1, ROW), 2, 1).numpy()
    if even < x.numel():
        yield torch.linalg.vector_norm(x[even:], 2, 0, True).numpy()

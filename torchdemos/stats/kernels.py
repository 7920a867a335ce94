"""The statistics of a look: Numba's loops for float32 and halves on the CPU, PyTorch's own reductions for all others.

The loops read float32 once, as fast as memory delivers it, on all of PyTorch's threads, and add up in float64. The
reductions read it several times, on any device; on the CPU they read it less often if its numbers are `in_range`. All
agree with float64 to 1e-6.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from torchdemos.stats import in_range, norm_sums, output_sums
from torchdemos.stats.conversion import IN_FLOAT32
from torchdemos.stats.pieces import in_memory_order, without_repetitions
from torchdemos.stats.vectors import Float64Array, Float64Vector, combined

PLAIN_TYPES = (Tensor, torch.nn.Parameter)  # other subclasses may keep their values elsewhere
MAX_COPIED_ELEMENTS = 2**20  # at a time, where elements are copied to make them float32 or contiguous


def output_statistics(x: Tensor, unit_dim: int) -> Float64Vector:
    """`OUTPUT_STATISTICS`, and the mean and mean square of each unit over the samples [6 + 2 units].

    `x` is a plain tensor with elements. Units lie along `unit_dim`: 1 for the features of a dense layer and the
    channels of a picture, -1 for a transformer. All other dimensions are samples. A vector is one unit's.
    """
    x = without_repetitions(x, unit_dim % x.dim() if x.dim() > 1 else None)
    if supports(x):
        found = loop_statistics(x, unit_dim)
    else:
        found = in_range.output_statistics(x, unit_dim) if is_usual(x) else None
    return output_sums.output_statistics(x, unit_dim) if found is None else found


def loop_statistics(x: Tensor, unit_dim: int) -> Float64Array | None:
    """`output_statistics` from the compiled loops; None if they do not take `x`, or if it is not finite."""
    if not supports(x):
        return None
    x, outer, units, inner = _by_units(x, unit_dim)
    loops = output_loops()
    found: Float64Array = np.zeros(loops.SCALARS + 2 * units)
    for part in _whole_or_parts(x, outer):
        loops.add(part, part.numel() // (units * inner), units, inner, found)
    if loops.finish(found, units, x.numel()):
        return found
    if not math.isfinite(found[2]):
        return None
    found[1] = _std(x, float(found[0]))
    return found


def norm_and_abs_max(x: Tensor) -> Float64Vector:
    """Norm and largest magnitude of a plain tensor with elements [2]."""
    if not supports(x):
        found = in_range.norm_and_abs_max(x) if is_usual(x) else None
        return norm_sums.norm_and_abs_max(x) if found is None else found
    x, times = without_repetitions(x), x.numel()
    loops, found = norm_loops(), np.zeros(2)
    x, _ = in_memory_order(x, 0)
    for part in _whole_or_parts(x, x.numel()):
        loops.add_square_and_largest(part, found)
    found[0] *= times / x.numel()
    loops.finish_norm_and_abs_max(found)
    return found


def norms(tensors: Iterable[Tensor]) -> Float64Vector:
    """Euclidean norm of each tensor [tensors]; one call takes all, since small tensors cost mostly call overhead."""
    return _norms([(x,) for x in tensors])


def distances(pairs: Iterable[tuple[Tensor, Tensor]]) -> Float64Vector:
    """Norm of the difference of each pair [pairs]."""
    return _norms(list(pairs))


def supports(x: Tensor) -> bool:
    """Whether the compiled loops take this kind of tensor."""
    return is_usual(x) and output_loops() is not None


def is_usual(x: Tensor) -> bool:
    """Whether it is a plain tensor on the CPU, of float32 or halves and with elements."""
    if not (x.is_cpu and type(x) in PLAIN_TYPES and x.dtype in IN_FLOAT32 and x.layout is torch.strided):
        return False
    return 0 < x.numel() < 2**31 and not (x.is_nested or x.is_neg())


@cache
def output_loops() -> Any:
    """The compiled loops over outputs, or None without Numba; imported with the first tensor, not with the package."""
    try:
        from torchdemos.stats import output_loops
    except ImportError:
        return None
    return output_loops


@cache
def norm_loops() -> Any:
    """The compiled loops for norms, which are there when `supports` says so."""
    from torchdemos.stats import norm_loops

    return norm_loops


def _by_units(x: Tensor, unit_dim: int) -> tuple[Tensor, int, int, int]:
    """The tensor in memory order if possible, and how many elements lie before, along and behind its units."""
    if x.dim() < 2:
        return x, 1, 1, x.numel()
    x, unit_dim = in_memory_order(x, unit_dim % x.dim())
    shape = x.shape
    if len(shape) == 2:
        return x, *((shape[0], shape[1], 1) if unit_dim else (1, *shape))
    return x, math.prod(shape[:unit_dim]), shape[unit_dim], math.prod(shape[unit_dim + 1 :])


def _is_loop_ready(x: Tensor) -> bool:
    return x.dtype is torch.float32 and x.is_contiguous()


def _whole_or_parts(x: Tensor, rows: int) -> Iterable[Tensor]:
    """What the loops can read: the tensor itself if possible, else its `_float32_parts`."""
    return [x] if _is_loop_ready(x) else _float32_parts(x, rows)


def _float32_parts(x: Tensor, rows: int) -> Iterator[Tensor]:
    """The elements as contiguous float32 tensors, each of some of the `rows` that they make; copies where needed."""
    x = x.detach().reshape(rows, -1)
    for part in torch.split(x, max(MAX_COPIED_ELEMENTS * rows // x.numel(), 1)):
        yield part.to(torch.float32).contiguous()


def _std(x: Tensor, centre: float) -> float:
    """Standard deviation from the differences to a number near the mean, which rounding does not spoil."""
    parts = _float32_parts(x, x.numel())
    difference, square = np.sum([output_loops().sums_around(part, centre) for part in parts], axis=0) / x.numel()
    return math.sqrt(max(square - difference**2, 0.0))


def _norms(tensors: Sequence[tuple[Tensor, ...]]) -> Float64Vector:
    """The norms of what the loops read where it is, of what is in range, and of all others."""
    rows = [_row(*each) for each in tensors]
    found, read = np.full(len(tensors), np.nan), np.array([bool(row) for row in rows])
    if read.any():
        found[read] = norm_loops().norms([row for row in rows if row])
    stored = {place: _stored(each) for place, each in enumerate(tensors) if not rows[place]}
    usual = [place for place, each in stored.items() if each]
    if usual:
        found[usual] = in_range.norms([stored[place] for place in usual])
    others = [place for place in stored if math.isnan(found[place])]
    if not others:
        return found
    return combined(partial(_filled, found, others), norm_sums.norms([tensors[place] for place in others]))


def _filled(found: Float64Array, places: Sequence[int], values: Float64Array) -> Float64Array:
    found[places] = values
    return found


def _row(x: Tensor, other: Tensor | None = None) -> tuple[int, int, int] | None:
    """Both addresses and the number of elements; None for tensors that must be copied, or that no loop takes."""
    if not (supports(x) and _is_loop_ready(in_memory_order(x, 0)[0])):
        return None
    if other is None:
        return x.data_ptr(), 0, x.numel()
    return (x.data_ptr(), other.data_ptr(), x.numel()) if supports(other) and _is_stored_alike(x, other) else None


def _stored(tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Usual tensors in the order of memory; none if it is not the same for all, or has gaps or repetitions."""
    if not all(map(is_usual, tensors)) or len({x.stride() for x in tensors}) > 1:
        return ()
    ordered = tuple(in_memory_order(x, 0)[0] for x in tensors)
    return ordered if all(x.is_contiguous() for x in ordered) else ()


def _is_stored_alike(x: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same elements in the same order; strides of dimensions of size 1 mean nothing."""
    if (x.dtype, x.shape) != (other.dtype, other.shape):
        return False
    return x.stride() == other.stride() or (x.is_contiguous() and other.is_contiguous())

"""The statistics of `exact` in one pass over memory, for float32 and halves on the CPU; for the rest they are `exact`.

PyTorch would copy a tensor into float64 and read that six times. The plain loops of `passes`, which Numba compiles,
read float32 once or twice, as fast as memory gives it, and add up in float64.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from torchdemos.stats import exact

Numbers = NDArray[np.float32]
KINDS = (torch.float32, torch.float16, torch.bfloat16)
USUAL = (Tensor, torch.nn.Parameter)
ROOM = 2**20  # numbers at a time, where they are copied to make them float32 or to bring them in a row
SHORT = 64  # below so many numbers of a channel it is faster to add up across samples first


def norm(x: Tensor) -> Tensor:
    """`exact.norm`."""
    if not fits(x):
        return exact.norm(x)
    return _float64(math.sqrt(sum([passes().sum_of_squares(part) for part in _flat(x)])))


def step(before: Tensor, after: Tensor) -> Tensor:
    """`exact.norm` of a tensor, and of its difference from another of the same shape [2]."""
    if not (fits(before) and fits(after)):
        start = exact.plain(before)
        return torch.stack([exact.norm(start), exact.norm(exact.plain(after) - start)])
    sums = [passes().sums_of_a_step(*pair) for pair in zip(_flat(before), _flat(after), strict=True)]
    return _float64([math.sqrt(sum(column)) for column in zip(*sums, strict=True)])


def norms(tensors: Iterable[Tensor]) -> list[Tensor]:
    """`norm` of each, those that stand in a row in one call: with a hundred small tensors calls are what takes time."""
    return _each([(x,) for x in tensors], "norms", norm)


def steps(pairs: Iterable[tuple[Tensor, Tensor]]) -> list[Tensor]:
    """`step` of each pair."""
    return _each(list(pairs), "steps", step)


def size(x: Tensor) -> Tensor:
    """`exact.norm` and `exact.abs_max` [2]."""
    if not fits(x):
        return torch.stack([exact.norm(x), exact.abs_max(x)])
    square, largest = 0.0, 0
    for part in _flat(x):
        more, found = passes().square_and_largest(part)
        square, largest = square + more, max(largest, found)
    return _float64([math.sqrt(square), passes().number(largest)])


def measure(x: Tensor, units: int) -> tuple[Tensor, Tensor]:
    """`exact.summary` and `exact.unit_moments`."""
    found = _measure(x.detach(), units) if fits(x) else None
    return found or (exact.summary(x), exact.unit_moments(x, units))


def dead_units(moments: Tensor) -> Tensor:
    """`exact.dead_units`."""
    if not moments.is_cpu:
        return exact.dead_units(moments)
    return _float64(1 - np.count_nonzero(moments.numpy()[1]) / moments.shape[1])


def active_units(moments: Tensor) -> Tensor:
    """`exact.active_units`."""
    return torch.from_numpy(moments.numpy()[1] != 0) if moments.is_cpu else exact.active_units(moments)


def fits(x: Tensor) -> bool:
    """Whether there is a faster way for this kind of tensor."""
    if not (x.is_cpu and type(x) in USUAL and x.dtype in KINDS and x.layout is torch.strided):
        return False
    return 0 < x.numel() < 2**31 and not (x.is_nested or x.is_neg()) and passes() is not None


@cache
def passes() -> Any:
    """The compiled loops, brought in when the first tensor is there; None where there is no Numba."""
    try:
        from torchdemos.stats import passes
    except ImportError:
        return None
    return passes


def _each(rows: Sequence[tuple[Tensor, ...]], together: str, alone: Callable[..., Tensor]) -> list[Tensor]:
    quick = [all(_in_a_row(x) for x in row) for row in rows]
    places = [[x.data_ptr() for x in row] for row, fast in zip(rows, quick, strict=True) if fast]
    if not places:
        return [alone(*row) for row in rows]
    counts = np.array([row[0].numel() for row, fast in zip(rows, quick, strict=True) if fast])
    found = getattr(passes(), together)(np.array(places, np.uintp), counts)
    at_once = iter(torch.from_numpy(found).unbind())
    return [next(at_once) if fast else alone(*row) for row, fast in zip(rows, quick, strict=True)]


def _in_a_row(x: Tensor) -> bool:
    return fits(x) and x.dtype is torch.float32 and x.is_contiguous()


def _measure(x: Tensor, units: int) -> tuple[Tensor, Tensor] | None:
    """None if not all numbers are finite."""
    rows = _rows(x, units)
    sums, summary = np.zeros((2, rows.shape[1])), np.empty(5)
    largest, zeros = 0, 0
    for part in _parts(rows):
        high, none = _add(part, sums)
        largest, zeros = max(largest, high), zeros + none
    if not passes().finish(sums, largest, zeros, x.numel(), summary):
        if not math.isfinite(summary[2]):
            return None
        summary[1] = _spread(rows, summary[0])
    return torch.from_numpy(summary), torch.from_numpy(sums)


def _add(part: NDArray[np.float32], sums: NDArray[np.float64]) -> tuple[int, int]:
    """Numbers [samples, units] or [samples, units, numbers] to their sums [2, units]; `passes.largest_and_zeros`."""
    found: tuple[int, int]
    if part.ndim == 2:
        found = passes().add_rows(part, sums)
    elif part.shape[2] >= SHORT:
        found = passes().add_channels(part, sums)
    else:
        columns = np.zeros((2, part.shape[1] * part.shape[2]))
        found = passes().add_rows(part.reshape(len(part), -1), columns)
        sums += columns.reshape(2, part.shape[1], -1).sum(2)
    return found


def _spread(rows: Tensor, mean: float) -> float:
    """Standard deviation from the mean square distance to a number near the mean, less the square of the mean one."""
    sums = np.sum([passes().sums_around(part.reshape(-1), mean) for part in _parts(rows)], axis=0)
    distance, square = sums / rows.numel()
    return math.sqrt(max(square - distance**2, 0.0))


def _rows(x: Tensor, units: int) -> Tensor:
    """[samples, units], or [samples, units, numbers] where units are not last, in the order of memory if possible."""
    if x.dim() < 2:
        return x.reshape(-1, 1)
    units %= x.dim()
    if units == 1 and x.dim() > 2:
        last = x.movedim(1, -1)  # pictures may be stored so
        if not last.is_contiguous():
            return x.reshape(x.shape[0], x.shape[1], -1)
        x, units = last, x.dim() - 1
    if units < x.dim() - 1:
        x = x.movedim(units, -1)
    return x if x.dim() == 2 else x.reshape(-1, x.shape[-1])


def _flat(x: Tensor) -> Iterable[NDArray[np.float32]]:
    """All numbers in a row, some after the other."""
    x = x.detach()
    if x.numel() <= ROOM:
        return [x.float().numpy().reshape(-1)]
    return (part.float().numpy() for part in torch.split(x.reshape(-1), ROOM))


def _parts(rows: Tensor) -> Iterator[NDArray[np.float32]]:
    """All rows if they stand in memory as they should, or else some after the other."""
    if rows.dtype is torch.float32 and rows.is_contiguous():
        yield rows.numpy()
        return
    some = max(ROOM * len(rows) // rows.numel(), 1)
    for start in range(0, len(rows), some):
        yield rows[start : start + some].to(torch.float32).contiguous().numpy()


def _float64(numbers: float | list[float]) -> Tensor:
    return torch.from_numpy(np.array(numbers, np.float64))  # torch.tensor takes three times as long

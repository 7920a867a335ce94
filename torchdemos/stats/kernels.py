"""The statistics of `exact` several times faster, for float32 and halves on the CPU, and the same to 1e-6.

PyTorch's float32 kernels add up in many partial sums, so that little is lost, and float64 adds up their results.
Where that is not enough (squares that leave float32's range, sums that cancel, a spread far below the mean) the
numbers say so themselves, and another pass makes up for it, or `exact` is asked. So it is for all other tensors.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from torchdemos.stats import exact

Numbers = NDArray[np.float64]
KINDS = (torch.float32, torch.float16, torch.bfloat16)
ROOM, LITTLE = 2**20, 2**16  # numbers at a time, of which copies are made; and that fit into a cache twice over
SMALL = 2**12  # numbers for which float64 is as fast
FAINT = 1e-30  # the mean square below which squares of single numbers may have been lost
CANCELLING, NARROW = 0.1, 0.05  # shares of the mean square


class Sums(NamedTuple):
    """Of all numbers: by unit their sum and that of their squares [2, units], the extremes, and how many are 0."""

    by_unit: Numbers
    low: float
    high: float
    zeros: int


def norms(tensors: Iterable[Tensor]) -> list[Tensor]:
    """`exact.norm` of each of several tensors; small ones are kept, and taken together at the end."""
    found, small = dict[int, Tensor](), dict[int, Tensor]()
    for i, x in enumerate(tensors):
        if x.numel() <= SMALL and fits(x):
            small[i] = x
        else:
            found[i] = norm(x)
    found |= zip(small, _small_norms(list(small.values())), strict=True)
    return [found[i] for i in sorted(found)]


def norm(x: Tensor) -> Tensor:
    """`exact.norm`."""
    square = math.nan
    if fits(x):
        square = sum((part * part).sum().item() for part in _parts(x.detach().reshape(-1, 1)))
    return _float64(math.sqrt(square)) if _sound(square, x.numel()) else exact.norm(x)


def size(x: Tensor) -> Tensor:
    """`exact.norm` and `exact.abs_max` [2]."""
    square, largest = 0.0, 0.0
    for part in _parts(x.detach().reshape(-1, 1)) if fits(x) else ():
        low, high = part.aminmax()
        largest = max(largest, -low.item(), high.item())
        square += (part * part).sum().item()
    if _sound(square, x.numel()):
        return _float64([math.sqrt(square), largest])
    return torch.stack([exact.norm(x), exact.abs_max(x)])


def measure(x: Tensor, units: int) -> tuple[Tensor, Tensor]:
    """`exact.summary` and `exact.unit_moments`."""
    found = _measure(x, units) if fits(x) else None
    if found is None:
        return exact.summary(x), exact.unit_moments(x, units)
    return _float64(found[0]), torch.from_numpy(found[1])


def fits(x: Tensor) -> bool:
    """Whether there are faster ways for this kind of tensor."""
    usual = type(x) in (Tensor, torch.nn.Parameter) and x.layout is torch.strided and x.device.type == "cpu"
    return usual and x.dtype in KINDS and x.numel() > 0 and not x.is_nested


def _measure(x: Tensor, units: int) -> tuple[list[float], Numbers] | None:
    rows, count = _rows(x, units), x.numel()
    found = _add_up(rows)
    total, square = (found.by_unit.sum(1) / count).tolist()
    if not _sound(square, 1) or _misses_a_unit(rows, found.by_unit[1]):
        return None
    mean = total
    if mean**2 * count < CANCELLING * square:
        mean = sum(part.double().sum().item() for part in _parts(rows.reshape(-1, 1), LITTLE)) / count
    variance: float | None = square - mean**2
    if found.low == found.high:
        variance = 0.0
    elif square - mean**2 < NARROW * square:
        variance = _variance(rows, mean, count)
    if variance is None:
        return None
    summary = [mean, math.sqrt(variance), max(-found.low, found.high), found.zeros / count, 1.0]
    return summary, found.by_unit * (found.by_unit.shape[1] / count)


def _add_up(rows: Tensor) -> Sums:
    by_unit, along = np.zeros((2, rows.shape[1])), 0 if rows.dim() == 2 else 2
    low, high, zeros = math.inf, -math.inf, 0
    for part in _parts(rows):
        smallest, largest = (bound.item() for bound in part.aminmax())
        low, high = min(low, smallest), max(high, largest)
        if smallest <= 0 <= largest:
            zeros += part.numel() - int(np.count_nonzero(part.numpy() != 0))
        for i, numbers in enumerate((part, part * part)):
            sums = numbers.sum(along).numpy()
            by_unit[i] += sums if sums.ndim == 1 else sums.sum(0, dtype=np.float64)
    return Sums(by_unit, low, high, zeros)


def _variance(rows: Tensor, mean: float, count: int) -> float | None:
    """Mean square of the distances from a number near the mean, less the square of the mean distance."""
    distance, square = 0.0, 0.0
    for part in _parts(rows):
        away = part - mean
        distance += away.sum().item()
        square += away.mul_(away).sum().item()
    return square / count - (distance / count) ** 2 if _sound(square, count) else None


def _misses_a_unit(rows: Tensor, squares: Numbers) -> bool:
    """Whether a unit has squares that float32 makes 0 without being 0 itself, which is dead."""
    if squares.all():
        return False
    return bool(rows.index_select(1, torch.from_numpy(np.flatnonzero(squares == 0))).any())


def _sound(square: float, count: int) -> bool:
    return FAINT * count < square < math.inf


def _rows(x: Tensor, units: int) -> Tensor:
    """[numbers, units], or [samples, units, numbers] where units are not last, in the order of memory if possible."""
    x = x.detach()
    if x.dim() < 2:
        return x.reshape(-1, 1)
    units %= x.dim()
    if units == 1 and x.dim() > 2:
        last = x.movedim(1, -1)  # pictures may be stored so
        if not last.is_contiguous():
            return x.reshape(x.shape[0], x.shape[1], -1)
        x, units = last, x.dim() - 1
    return x.movedim(units, -1).reshape(-1, x.shape[units])


def _parts(rows: Tensor, room: int = ROOM) -> Iterator[Tensor]:
    """Some rows after the other, in float32, one after the other in memory."""
    if rows.numel() <= room and rows.dtype is torch.float32 and rows.is_contiguous():
        yield rows
        return
    some = max(room * len(rows) // rows.numel(), 1)
    for start in range(0, len(rows), some):
        yield rows[start : start + some].to(torch.float32).contiguous()


def _small_norms(tensors: Sequence[Tensor]) -> Iterable[Tensor]:
    """In float64, all in one go."""
    if not tensors:
        return ()
    numbers = torch.cat([x.detach().reshape(-1) for x in tensors]).double().numpy()
    starts = np.cumsum([0, *(x.numel() for x in tensors[:-1])])
    with np.errstate(invalid="ignore", over="ignore"):
        return torch.from_numpy(np.sqrt(np.add.reduceat(numbers * numbers, starts))).unbind()


def _float64(numbers: float | list[float]) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64, device="cpu")

"""The statistics of `exact` several times faster, for float32 and halves on the CPU, and the same to 1e-6.

PyTorch's float32 kernels add up in many partial sums, so that little is lost, and float64 adds up their results.
Where that is not enough (squares that leave float32's range, sums that cancel, a spread far below the mean) the
numbers say so themselves, and another pass makes up for it, or `exact` is asked. So it is for all other tensors.
"""

import math
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from torchdemos.stats import exact

Numbers = NDArray[np.float64]
KINDS = (torch.float32, torch.float16, torch.bfloat16)
ROOM = 2**18  # numbers at a time, so that all passes over them but the first find them in the cache
SMALL = 2**12  # numbers for which float64 is as fast
FAINT = 1e-30  # the mean square below which squares of single numbers may have been lost
CANCELLING, NARROW = 0.1, 0.05  # shares of the mean square
_own = threading.local()


class Sums(NamedTuple):
    """Of all numbers: by unit their sum and that of their squares, the extremes, how many are 0; and how many sums in
    float32 all that was made of."""

    sums: Numbers
    squares: Numbers
    low: float
    high: float
    zeros: int
    partial: int


def norm(x: Tensor) -> Tensor:
    """`exact.norm`."""
    square = math.nan
    if fits(x) and x.numel() > SMALL:
        square = sum(_squares(part).sum().item() for part in _parts(_flat(x)))
    return _float64(math.sqrt(square)) if _sound(square, x.numel()) else exact.norm(x)


def size(x: Tensor) -> Tensor:
    """`exact.norm` and `exact.abs_max` [2]."""
    square, largest = 0.0, 0.0
    for part in _parts(_flat(x)) if fits(x) else ():
        low, high = part.aminmax()
        largest = max(largest, -low.item(), high.item())
        square += _squares(part).sum().item()
    if _sound(square, x.numel()):
        return _float64([math.sqrt(square), largest])
    return torch.stack([exact.norm(x), exact.abs_max(x)])


def distance(x: Tensor, y: Tensor) -> Tensor:
    """`exact.norm` of x - y, two tensors of one shape."""
    square = math.nan
    if fits(x) and fits(y):
        pairs = zip(_parts(_flat(x)), _parts(_flat(y)), strict=True)
        away = (torch.sub(one, other, out=_scratch(one)) for one, other in pairs)
        square = sum(part.mul_(part).sum().item() for part in away)
    if _sound(square, x.numel()):
        return _float64(math.sqrt(square))
    return exact.norm(exact.plain(x) - exact.plain(y))


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
    square, largest = float(found.squares.sum()) / count, max(-found.low, found.high)
    if not _sound(square, 1) or _misses_a_unit(rows, found.squares):
        return None
    mean = float(found.sums.sum()) / count
    if mean**2 * found.partial < CANCELLING * square:
        mean = sum(float(part.numpy().sum(dtype=np.float64)) for part in _parts(rows)) / count
    variance: float | None = square - mean**2
    if found.low == found.high:
        variance = 0.0
    elif square - mean**2 < NARROW * square:
        variance = _variance(rows, mean, count)
    if variance is None:
        return None
    by_unit = np.stack([found.sums, found.squares]) * (len(found.sums) / count)
    return [mean, math.sqrt(variance), largest, found.zeros / count, 1.0], by_unit


def _add_up(rows: Tensor) -> Sums:
    units, along = rows.shape[1], 0 if rows.dim() == 2 else 2
    sums, squares, low, high, zeros, partial = np.zeros(units), np.zeros(units), math.inf, -math.inf, 0, 0
    for part in _parts(rows):
        smallest, largest = (bound.item() for bound in part.aminmax())
        low, high = min(low, smallest), max(high, largest)
        if smallest <= 0 <= largest:
            zeros += part.numel() - int(np.count_nonzero(part.numpy() != 0))
        added = part.sum(along)
        sums += _by_unit(added)
        squares += _by_unit(_squares(part).sum(along))
        partial += added.numel()
    return Sums(sums, squares, low, high, zeros, partial)


def _variance(rows: Tensor, mean: float, count: int) -> float | None:
    """Mean square of the distances from a number near the mean, less the square of the mean distance."""
    distance, square = 0.0, 0.0
    for part in _parts(rows):
        away = torch.sub(part, mean, out=_scratch(part))
        distance += away.sum().item()
        square += away.mul_(away).sum().item()
    return square / count - (distance / count) ** 2 if _sound(square, count) else None


def _misses_a_unit(rows: Tensor, squares: Numbers) -> bool:
    """Whether a unit has squares that float32 makes 0 without being 0 itself, which is dead."""
    silent = torch.from_numpy(np.flatnonzero(squares == 0))
    return bool(len(silent)) and bool(rows.index_select(1, silent).any())


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


def _flat(x: Tensor) -> Tensor:
    return x.detach().reshape(-1, 1)


def _parts(rows: Tensor) -> Iterator[Tensor]:
    """Some rows after the other, in float32, one after the other in memory."""
    for part in torch.split(rows, max(ROOM // rows[0].numel(), 1)):
        yield part.to(torch.float32).contiguous()


def _squares(part: Tensor) -> Tensor:
    """In a place that the next call overwrites."""
    return torch.mul(part, part, out=_scratch(part))


def _scratch(like: Tensor) -> Tensor:
    """Room for as many numbers, the thread's own: fresh memory would cost more than to compute what goes into it."""
    if getattr(_own, "room", None) is None or _own.room.numel() < like.numel():
        with torch.inference_mode(False):
            _own.room = torch.empty(max(ROOM, like.numel()), dtype=torch.float32, device="cpu")
    return torch.as_strided(_own.room, like.shape, like.stride())


def _by_unit(sums: Tensor) -> NDArray[Any]:
    found: NDArray[Any] = sums.numpy()
    return found if found.ndim == 1 else found.sum(0, dtype=np.float64)


def _float64(numbers: float | list[float]) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64, device="cpu")

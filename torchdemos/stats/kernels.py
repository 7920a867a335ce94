"""The statistics of `exact` in one pass over memory, for float32 and halves on the CPU; for the rest they are `exact`.

PyTorch would copy a tensor into float64 and read that six times. The loops that Numba compiles read float32
once, as fast as memory gives it, on all of PyTorch's threads, and add up in float64. What they find is in
NumPy's arrays, of which a look makes hundreds: a tensor takes ten times as long.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import repeat
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from torchdemos.stats import exact
from torchdemos.stats.team import team

Values = NDArray[np.float64]
Numbers = Tensor | Values
KINDS = (torch.float32, torch.float16, torch.bfloat16)
USUAL = (Tensor, torch.nn.Parameter)
ROOM = 2**20  # numbers at a time, where they are copied to make them float32 or to bring them in a row


def measure(x: Tensor, units: int) -> Numbers:
    """`exact.measure`."""
    found = quick(x, units)
    return exact.measure(x, units) if found is None else found


def quick(x: Tensor, units: int) -> Values | None:
    """The same, or None for a tensor of a kind that has no faster way, or one that is not finite."""
    if not fits(x):
        return None
    x, outer, count, inner = _in_order(x, units)
    loops = measuring()
    found = np.zeros(loops.HEAD + 2 * count)
    for part in [x] if _in_a_row(x) else _parts(x, outer):
        rows, threads = part.numel() // (count * inner), team(part.numel())
        loops.add(part.data_ptr(), rows, count, inner, found, *threads, loops.add_share.address)
    if loops.finish(found, count, x.numel()):
        return found
    if not math.isfinite(found[2]):
        return None
    found[1] = _spread(x, float(found[0]))
    return found


def size(x: Tensor) -> Numbers:
    """`exact.size`."""
    if not fits(x):
        return exact.size(x)
    x, _ = _as_in_memory(x, 0)
    loops, found = lengths(), np.zeros(2)
    for part in [x] if _in_a_row(x) else _parts(x, x.numel()):
        loops.size(part.data_ptr(), part.numel(), found, *team(part.numel()), loops.size_share.address)
    loops.finish_size(found)
    return found


def norms(tensors: Iterable[Tensor]) -> Numbers:
    """`exact.norm` of each [tensors]; those on the CPU in one call, for of a hundred small ones calls take the time."""
    return _norms([(x, None) for x in tensors])


def distances(pairs: Iterable[tuple[Tensor, Tensor]]) -> Numbers:
    """`exact.distance` of each pair [pairs]."""
    return _norms(list(pairs))


def fits(x: Tensor) -> bool:
    """Whether there is a faster way for this kind of tensor."""
    if not (x.is_cpu and type(x) in USUAL and x.dtype in KINDS and x.layout is torch.strided):
        return False
    return 0 < x.numel() < 2**31 and not (x.is_nested or x.is_neg()) and measuring() is not None


@cache
def measuring() -> Any:
    """The compiled loops over outputs, brought in when the first tensor is there; None where there is no Numba."""
    try:
        from torchdemos.stats import measuring
    except ImportError:
        return None
    return measuring


@cache
def lengths() -> Any:
    """Those over everything else; to be asked for once `fits` has found that there are any."""
    from torchdemos.stats import norms

    return norms


def _in_order(x: Tensor, units: int) -> tuple[Tensor, int, int, int]:
    """In the order of memory if possible; and how many numbers lie before, along and behind the dimension of units."""
    if x.dim() < 2:
        return x, 1, 1, x.numel()
    x, units = _as_in_memory(x, units % x.dim())
    shape = x.shape
    if len(shape) == 2:
        return x, *((shape[0], shape[1], 1) if units else (1, *shape))
    return x, math.prod(shape[:units]), shape[units], math.prod(shape[units + 1 :])


def _as_in_memory(x: Tensor, dimension: int) -> tuple[Tensor, int]:
    """With the dimensions of a transposed tensor, or of one with its channels last, in the order in which it is stored.

    And where that has put one of them. A tensor with gaps or repetitions is left as it is.
    """
    if x.is_contiguous():
        return x, dimension
    order = sorted(range(x.dim()), key=x.stride, reverse=True)
    stored = x.permute(order)
    return (stored, order.index(dimension)) if stored.is_contiguous() else (x, dimension)


def _in_a_row(x: Tensor) -> bool:
    return x.dtype is torch.float32 and x.is_contiguous()


def _parts(x: Tensor, rows: int) -> Iterator[Tensor]:
    """The same numbers as so many rows, some rows after the other, as float32 that stands in a row."""
    x = x.detach().reshape(rows, -1)
    for part in torch.split(x, max(ROOM * rows // x.numel(), 1)):
        yield part.to(torch.float32).contiguous()


def _spread(x: Tensor, mean: float) -> float:
    """Standard deviation from the mean square distance to a number near the mean, less the square of the mean one."""
    sums = np.sum(
        [measuring().sums_around(part.data_ptr(), part.numel(), mean) for part in _parts(x, x.numel())], axis=0
    )
    distance, square = sums / x.numel()
    return math.sqrt(max(square - distance**2, 0.0))


def _norms(pairs: Sequence[tuple[Tensor, Tensor | None]]) -> Numbers:
    rows = [_row(*pair) for pair in pairs]
    table = [row for row in rows if row]
    if not table:
        return stack([_norm(*pair) for pair in pairs])
    loops, numbers = lengths(), sum([count for _, _, count in table])
    found: Values = loops.norms(np.array(table), *team(numbers), loops.squares_share.address)
    if len(table) == len(rows):
        return found
    at_once = iter(found)
    return stack([next(at_once) if row else _norm(*pair) for row, pair in zip(rows, pairs, strict=True)])


def _row(x: Tensor, other: Tensor | None) -> tuple[int, int, int] | None:
    """Where the numbers stand, and how many; None if they must be brought in a row, or have no faster way."""
    if not (fits(x) and _in_a_row(_as_in_memory(x, 0)[0])):
        return None
    if other is None:
        return x.data_ptr(), 0, x.numel()
    alike = fits(other) and (other.dtype, other.shape, other.stride()) == (x.dtype, x.shape, x.stride())
    return (x.data_ptr(), other.data_ptr(), x.numel()) if alike else None


def _norm(x: Tensor, other: Tensor | None) -> Tensor:
    """Of one that must be brought in a row, part by part."""
    if not fits(x) or not (other is None or fits(other)):
        return exact.norm(x) if other is None else exact.distance(x, other)
    others = repeat(None) if other is None else _parts(other, other.numel())
    squares = [float(_norms([pair])[0]) ** 2 for pair in zip(_parts(x, x.numel()), others, strict=False)]
    return torch.tensor(sum(squares), dtype=torch.float64).sqrt()


def stack(found: Sequence[Numbers]) -> Tensor:
    """One under the other, on the first one's device."""
    tensors = [torch.as_tensor(one) for one in found]
    return torch.stack([one.to(tensors[0].device) for one in tensors]) if found else torch.empty(0, dtype=torch.float64)

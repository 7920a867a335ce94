"""Numbers that describe a tensor, computed in float64 on the tensor's own device.

Every function takes any tensor (half precision, integer, quantized, sparse, complex by magnitude)
and returns a 0-d float64 tensor unless it says otherwise; nothing here waits for the device, and
nothing raises because of the values. An empty tensor gives NaN. NaN and inf in the data propagate,
except where a function says that it looks at finite values only. Apple's MPS has no float64:
tensors there are reduced on the CPU.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

SUMMARY = ("mean", "std", "abs_max", "zero_fraction", "finite_fraction")
MEASURED = (*SUMMARY, "dead_units")
SLOPE_OF_SATURATED = 0.05


def plain(x: Tensor) -> Tensor:
    """Any kind of tensor as a detached, dense, whole one in double precision; all functions here begin with it.

    Sharded tensors are gathered, nested ones flattened, sparse and quantized ones expanded; a meta
    tensor has no values and becomes empty. float64 input is passed through, not copied.
    """
    if hasattr(x, "full_tensor"):
        x = x.full_tensor()
    if x.is_nested:
        x = torch.cat([part.reshape(-1) for part in x.unbind()])
    if x.is_meta:
        return torch.empty(0, dtype=torch.float64)
    if x.layout is not torch.strided:
        x = x.to_dense()
    if x.is_quantized:
        x = x.dequantize()
    x = x.detach().cpu() if x.device.type == "mps" else x.detach()
    return x.to(torch.complex128 if x.is_complex() else torch.float64)


def norm(x: Tensor) -> Tensor:
    """Euclidean norm of all elements, exact where float32 squares under- or overflow (1e-38 to 1e38)."""
    x = _flat(x)
    return x.dot(x).sqrt() if x.numel() else _nan(x)


def total_norm(tensors: Iterable[Tensor]) -> Tensor:
    """Norm of all elements of all tensors together; 0 if there are none."""
    norms = [norm(x) for x in tensors if x.numel()]
    return norm(torch.stack([n.to(norms[0].device) for n in norms])) if norms else torch.zeros((), dtype=torch.float64)


def mean(x: Tensor) -> Tensor:
    """Mean of all elements."""
    x = _flat(x)
    return x.sum() / x.numel() if x.numel() else _nan(x)


def std(x: Tensor) -> Tensor:
    """Population standard deviation of all elements; one element has 0."""
    x = _flat(x)
    return norm(x - mean(x)) / math.sqrt(x.numel()) if x.numel() else _nan(x)


def abs_max(x: Tensor) -> Tensor:
    """Largest magnitude."""
    x = _flat(x)
    if not x.numel():
        return _nan(x)
    low, high = x.aminmax()
    return torch.maximum(-low, high)


def zero_fraction(x: Tensor) -> Tensor:
    """Share of elements that are exactly 0: healthy ReLU layers have about half."""
    x = _flat(x)
    return (x == 0).float().sum(dtype=torch.float64) / x.numel() if x.numel() else _nan(x)


def finite_fraction(x: Tensor) -> Tensor:
    """Share of elements that are neither NaN nor infinite: anything below 1 is a broken run."""
    x = _flat(x)
    return torch.isfinite(x).float().sum(dtype=torch.float64) / x.numel() if x.numel() else _nan(x)


def summary(x: Tensor) -> Tensor:
    """The statistics named in `SUMMARY`, in that order, as one float64 tensor [5] for one transfer."""
    x = _flat(x)
    return torch.stack([mean(x), std(x), abs_max(x), zero_fraction(x), finite_fraction(x)])


def measure(x: Tensor, units: int) -> Tensor:
    """The statistics named in `MEASURED`, and behind them the `unit_moments`: float64 [6 + 2 units]."""
    x = _real(x)
    return measured(summary(x), unit_moments(x, units))


def measured(summary: Tensor, moments: Tensor) -> Tensor:
    """What `measure` makes of a summary and the moments of units."""
    return torch.cat([summary, dead_units(moments)[None], moments.reshape(-1)])


def size(x: Tensor) -> Tensor:
    """`norm` and `abs_max` [2]."""
    return torch.stack([norm(x), abs_max(x)])


def distance(before: Tensor, after: Tensor) -> Tensor:
    """`norm` of the difference."""
    return norm(plain(after) - plain(before))


def pooled_summary(summaries: Sequence[Tensor], elements: Sequence[int]) -> Tensor:
    """The `summary` of several tensors together, from that of each and its number of elements.

    The variance of the whole is the mean variance of the parts plus the variance of their means.
    """
    share = torch.tensor(elements, dtype=torch.float64, device=summaries[0].device) / sum(elements)
    mean, std, abs_max, zeros, finite = torch.stack(list(summaries)).unbind(1)
    centre = (share * mean).sum()
    spread = norm(torch.cat([share.sqrt() * std, share.sqrt() * (mean - centre)]))
    return torch.stack([centre, spread, abs_max.amax(), (share * zeros).sum(), (share * finite).sum()])


def unit_moments(x: Tensor, units: int | None = None) -> Tensor:
    """Mean and mean square of each unit over the samples: float64 [2, units].

    `units` is the dimension along which units lie; by default 1 (features of a dense layer,
    channels of a picture), or the last of three (transformers). All other dimensions are samples;
    a vector is one unit's. `dead_units` and `saturated_units` are read off these.
    """
    x = _real(x)
    if x.dim() < 2:
        x, units = x.reshape(-1, 1), 1
    if units is None:
        units = -1 if x.dim() == 3 else 1
    samples = [i for i in range(x.dim()) if i != units % x.dim()]
    return torch.stack([x.mean(dim=samples), x.square().mean(dim=samples)])


def active_units(moments: Tensor) -> Tensor:
    """Which units gave anything but 0 for at least one sample: bool [units], from `unit_moments`.

    Combine batches with `|`: a unit is dead when it is never active over many samples, which is
    not the same as a layer with many zeros.
    """
    return moments[1] != 0


def dead_units(moments: Tensor) -> Tensor:
    """Share of units that are 0 for every sample, from `unit_moments`; a small batch exaggerates it."""
    return 1 - torch.count_nonzero(moments[1]).double() / moments.shape[1]


def saturated_units(moments: Tensor, activation: str) -> Tensor:
    """Share of units whose mean slope is below 0.05: hardly any gradient passes them.

    Takes the `unit_moments` of the outputs of a `"sigmoid"` (slope a(1 - a)) or a `"tanh"`
    (slope 1 - a^2), so mean and mean square say it all.
    """
    mean, square = moments.unbind()
    slope = mean - square if activation == "sigmoid" else 1 - square
    return (slope < SLOPE_OF_SATURATED).double().mean()


def update_ratio(before: Tensor, after: Tensor) -> Tensor:
    """How far a step moved a weight, relative to its size: |after - before| / |before|; NaN if that is 0."""
    return relative(distance(before, after), norm(before))


def relative(part: Tensor, whole: Tensor) -> Tensor:
    """part / whole; NaN if the whole is 0."""
    return part / torch.where(whole > 0, whole, math.nan)


class Histogram(NamedTuple):
    """Counts of finite values in equal bins: counts [bins], edges [bins + 1], how many were dropped."""

    counts: Tensor
    edges: Tensor
    dropped: Tensor


def histogram(x: Tensor, bins: int = 64, log10: bool = False) -> Histogram:
    """Histogram of the finite values; with `log10`, of the logarithm of their magnitudes.

    On a linear axis gradients of 1e-13 all fall into one bin; on the log10 axis they keep their
    shape. Values without a place (NaN, inf, and 0 on the log10 axis) are counted as dropped.
    """
    x = _flat(x)
    x = x.abs().log10() if log10 else x
    finite = torch.isfinite(x)
    low, width = _range(x, finite)
    place = ((x - low) / width * bins).nan_to_num(0).floor().clamp(0, bins - 1).long()
    counts = torch.zeros(bins, dtype=torch.int64, device=x.device).scatter_add_(0, place, finite.long())
    edges = low + width * torch.arange(bins + 1, dtype=torch.float64, device=x.device) / bins
    return Histogram(counts, edges, x.numel() - counts.sum())


def _range(x: Tensor, finite: Tensor) -> tuple[Tensor, Tensor]:
    """Lowest finite value and the width to the highest; equal values sit in the middle of a unit-wide range."""
    if not x.numel():
        return torch.zeros_like(x.sum()), torch.ones_like(x.sum())
    low, high = torch.where(finite, x, math.inf).amin(), torch.where(finite, x, -math.inf).amax()
    none = low > high
    low, high = low.masked_fill(none, 0), high.masked_fill(none, 0)
    spread = high - low
    room = low.abs().clamp(min=1)
    return torch.where(spread > 0, low, low - room / 2), torch.where(spread > 0, spread, room)


def _flat(x: Tensor) -> Tensor:
    """Any tensor as a flat float64 one."""
    return _real(x).reshape(-1)


def _real(x: Tensor) -> Tensor:
    """Any tensor in float64; of a complex one the magnitudes."""
    x = plain(x)
    return x.abs() if x.is_complex() else x


def _nan(like: Tensor) -> Tensor:
    return torch.full((), math.nan, dtype=torch.float64, device=like.device)

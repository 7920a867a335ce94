"""Numbers that describe a tensor, computed in float64 on the tensor's own device.

Every function takes any tensor (half precision, integer, quantized, sparse, complex by magnitude) and returns a 0-d
float64 tensor unless it says otherwise. No function waits for the device, and none raises because of the values. An
empty tensor gives NaN. NaN and inf in the data propagate.
"""

import math
from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor

from torchdemos.stats.conversion import as_float64, as_real, as_vector

SUMMARY = ("mean", "std", "abs_max", "zero_fraction", "finite_fraction")
OUTPUT_STATISTICS = (*SUMMARY, "dead_units")
SLOPES: dict[
    str, Callable[[Tensor, Tensor], Tensor]
] = {  # of a unit, from the mean of its outputs and of their squares
    "sigmoid": lambda mean, square: mean - square,
    "tanh": lambda mean, square: 1 - square,
    "softsign": lambda mean, square: (1 - square.sqrt()).square(),
    "hardtanh": lambda mean, square: 1.5 * (1 - square),
    "hardsigmoid": lambda mean, square: 6 * (mean - square),
    "relu6": lambda mean, square: mean - square / 6,
}
SLOPE_OF_SATURATED = 0.05  # a unit with a smaller mean slope counts as saturated


def norm(x: Tensor) -> Tensor:
    """Euclidean norm of all elements, exact where squares in float32 under- or overflow (1e-38 to 1e38)."""
    x = as_vector(x)
    return x.dot(x).sqrt() if x.numel() else _nan(x)


def total_norm(tensors: Iterable[Tensor]) -> Tensor:
    """Norm of all elements of all tensors together; 0 if there are none."""
    norms = [norm(x) for x in tensors if x.numel()]
    return norm(torch.stack([n.to(norms[0].device) for n in norms])) if norms else torch.zeros((), dtype=torch.float64)


def distance(before: Tensor, after: Tensor) -> Tensor:
    """Norm of the difference of two tensors."""
    return norm(as_float64(after) - as_float64(before))


def mean(x: Tensor) -> Tensor:
    """Mean of all elements."""
    x = as_vector(x)
    return x.sum() / x.numel() if x.numel() else _nan(x)


def std(x: Tensor) -> Tensor:
    """Population standard deviation of all elements; a single element has 0."""
    x = as_vector(x)
    return norm(x - mean(x)) / math.sqrt(x.numel()) if x.numel() else _nan(x)


def abs_max(x: Tensor) -> Tensor:
    """Largest magnitude."""
    x = as_vector(x)
    if not x.numel():
        return _nan(x)
    low, high = x.aminmax()
    return torch.maximum(-low, high)


def zero_fraction(x: Tensor) -> Tensor:
    """Share of elements that are exactly 0; healthy ReLU layers have about half."""
    x = as_vector(x)
    return (x == 0).float().sum(dtype=torch.float64) / x.numel() if x.numel() else _nan(x)


def finite_fraction(x: Tensor) -> Tensor:
    """Share of elements that are neither NaN nor infinite; anything below 1 is a broken run."""
    x = as_vector(x)
    return torch.isfinite(x).float().sum(dtype=torch.float64) / x.numel() if x.numel() else _nan(x)


def summary(x: Tensor) -> Tensor:
    """The statistics named in `SUMMARY`, in that order: float64 [5]."""
    x = as_vector(x)
    return torch.stack([mean(x), std(x), abs_max(x), zero_fraction(x), finite_fraction(x)])


def pooled_summary(summaries: Sequence[Tensor], elements: Sequence[int]) -> Tensor:
    """The `summary` of several tensors together, from the summary and the number of elements of each.

    The variance of the whole is the mean variance of the parts plus the variance of their means. Elements are counted,
    not their shares, because shares that are each 1 can add up to a little less.
    """
    sizes = torch.tensor(elements, dtype=torch.float64, device=summaries[0].device)
    share = sizes / sizes.sum()
    mean, std, abs_max, zeros, finite = torch.stack(list(summaries)).unbind(1)
    centre = (share * mean).sum()
    spread = norm(torch.cat([share.sqrt() * std, share.sqrt() * (mean - centre)]))
    zeros, finite = ((sizes * fraction).round().sum() / sizes.sum() for fraction in (zeros, finite))
    return torch.stack([centre, spread, abs_max.amax(), zeros, finite])


def unit_moments(x: Tensor, unit_dim: int) -> Tensor:
    """Mean and mean square of each unit over the samples: float64 [2, units].

    Units lie along `unit_dim`: 1 for the features of a dense layer and the channels of a picture, -1 for a
    transformer. All other dimensions are samples. A vector is one unit's. `dead_units` and `saturated_units` are
    computed from these moments.
    """
    x = as_real(x)
    if x.dim() < 2:
        x, unit_dim = x.reshape(-1, 1), 1
    samples = [i for i in range(x.dim()) if i != unit_dim % x.dim()]
    return torch.stack([x.mean(dim=samples), x.square().mean(dim=samples)])


def dead_units(moments: Tensor) -> Tensor:
    """Share of units that are 0 for every sample, from `unit_moments`; a small batch exaggerates it."""
    return 1 - torch.count_nonzero(moments[1]).double() / moments.shape[1]


def saturated_units(moments: Tensor, activation: str) -> Tensor:
    """Share of units whose mean slope is below `SLOPE_OF_SATURATED`: hardly any gradient passes them.

    `moments` are the `unit_moments` of the outputs of a `"sigmoid"` (slope a(1 - a)) or a `"tanh"` (slope 1 - a^2):
    mean and mean square determine the mean slope. Of a `"hardtanh"`, a `"hardsigmoid"` and a `"relu6"` with their usual
    ends they determine the share of outputs between the ends, where the slope is 1, if those lie evenly; of a
    `"softsign"` (slope (1 - |a|)^2) they give a slope that is at most the mean one.
    """
    mean, square = moments.unbind()
    slope = SLOPES[activation](mean, square)
    return (slope < SLOPE_OF_SATURATED).double().mean()


def output_statistics(x: Tensor, unit_dim: int) -> Tensor:
    """The statistics named in `OUTPUT_STATISTICS`, followed by the `unit_moments`: float64 [6 + 2 units]."""
    x = as_real(x)
    return joined_statistics(summary(x), unit_moments(x, unit_dim))


def joined_statistics(summary: Tensor, moments: Tensor) -> Tensor:
    """A `summary` and `unit_moments` in one vector, laid out as `output_statistics` are."""
    return torch.cat([summary, dead_units(moments)[None], moments.reshape(-1)])


def norm_and_abs_max(x: Tensor) -> Tensor:
    """`norm` and `abs_max` in one vector: float64 [2]."""
    return torch.stack([norm(x), abs_max(x)])


def _nan(like: Tensor) -> Tensor:
    return torch.full((), math.nan, dtype=torch.float64, device=like.device)

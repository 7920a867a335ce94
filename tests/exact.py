"""What the statistics are compared with: the same numbers from copies in float64.

Every function takes any tensor (half precision, integer, quantized, sparse, complex by magnitude) and returns a 0-d
float64 tensor unless it says otherwise. No function waits for the device, and none raises because of the values. An
empty tensor gives NaN. NaN and inf in the data propagate.
"""

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from torchdemos.stats.conversion import as_float64


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


def unit_moments(x: Tensor, unit_dim: int) -> Tensor:
    """Mean and mean square of each unit over the samples: float64 [2, units].

    Units lie along `unit_dim`: 1 for the features of a dense layer and the channels of a picture, -1 for a
    transformer. All other dimensions are samples. A vector is one unit's. `dead_units` and `saturated_units` are
    computed from these moments.
    """
    x = real(x)
    if x.dim() < 2:
        x, unit_dim = x.reshape(-1, 1), 1
    samples = [i for i in range(x.dim()) if i != unit_dim % x.dim()]
    return torch.stack([x.mean(dim=samples), x.square().mean(dim=samples)])


def output_statistics(x: Tensor, unit_dim: int) -> Tensor:
    """The statistics named in `OUTPUT_STATISTICS`, followed by the `unit_moments`: float64 [6 + 2 units]."""
    x = real(x)
    moments = unit_moments(x, unit_dim)
    dead = 1 - torch.count_nonzero(moments[1]).double() / moments.shape[1]
    return torch.cat([summary(x), dead[None], moments.reshape(-1)])


def norm_and_abs_max(x: Tensor) -> Tensor:
    """`norm` and `abs_max` in one vector: float64 [2]."""
    return torch.stack([norm(x), abs_max(x)])


def _nan(like: Tensor) -> Tensor:
    return torch.full((), math.nan, dtype=torch.float64, device=like.device)


def real(x: Tensor) -> Tensor:
    """Any tensor in float64; a complex one becomes its magnitudes."""
    x = as_float64(x)
    return x.abs() if x.is_complex() else x


def as_vector(x: Tensor) -> Tensor:
    """All elements of any tensor as a float64 vector [elements], complex ones by magnitude."""
    return real(x).reshape(-1)

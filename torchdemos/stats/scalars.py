"""Numbers that describe a whole tensor, each as a 0-d float64 tensor on the CPU.

Every function takes any tensor (half precision, integer, quantized, sparse, complex by magnitude), and none raises
because of the values. An empty tensor gives NaN. NaN and inf in the data propagate.
"""

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from torchdemos.stats import kernels
from torchdemos.stats.conversion import as_plain
from torchdemos.stats.summaries import SUMMARY
from torchdemos.stats.vectors import bring


def norm(x: Tensor) -> Tensor:
    """Euclidean norm of all elements, exact where squares in float32 under- or overflow (1e-38 to 1e38)."""
    return total_norm([x]) if as_plain(x).numel() else _scalar(math.nan)


def total_norm(tensors: Iterable[Tensor]) -> Tensor:
    """Norm of all elements of all tensors together; 0 if there are none."""
    (norms,) = bring([kernels.norms(tensors)])
    return _scalar(math.hypot(*norms))


def mean(x: Tensor) -> Tensor:
    """Mean of all elements."""
    return _of_summary(x, "mean")


def std(x: Tensor) -> Tensor:
    """Population standard deviation of all elements; a single element has 0."""
    return _of_summary(x, "std")


def _of_summary(x: Tensor, name: str) -> Tensor:
    x = as_plain(x).reshape(-1)
    if not x.numel():
        return _scalar(math.nan)
    (found,) = bring([kernels.output_statistics(x, 0)])
    return _scalar(found[SUMMARY.index(name)])


def _scalar(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64, device="cpu")

"""Vectors of float64 numbers: tensors on their device, or NumPy arrays on the CPU.

A look makes hundreds of them, and a NumPy array takes a tenth of the time that a tensor takes.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Float64Array = NDArray[np.float64]
Float64Vector = Tensor | Float64Array


def stack(vectors: Sequence[Float64Vector]) -> Tensor:
    """Vectors of equal length as the rows of a matrix, on the device of the first; no vectors make an empty tensor."""
    tensors = [torch.as_tensor(vector) for vector in vectors]
    return torch.stack([t.to(tensors[0].device) for t in tensors]) if tensors else torch.empty(0, dtype=torch.float64)

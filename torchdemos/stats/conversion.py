"""Any kind of tensor as a plain one in double precision, the first step of every statistic."""

import torch
from torch import Tensor


def as_float64(x: Tensor) -> Tensor:
    """Any tensor as a detached, dense, complete one: float64, or complex128 if it is complex.

    Sharded tensors are gathered, nested ones flattened, sparse and quantized ones expanded. A meta tensor has no
    values and becomes empty. Apple's MPS has no float64, so tensors there move to the CPU. A float64 tensor is passed
    through, not copied.
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


def as_real(x: Tensor) -> Tensor:
    """Any tensor in float64; a complex one becomes its magnitudes."""
    x = as_float64(x)
    return x.abs() if x.is_complex() else x


def as_vector(x: Tensor) -> Tensor:
    """All elements of any tensor as a float64 vector [elements]."""
    return as_real(x).reshape(-1)

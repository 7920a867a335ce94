"""Any kind of tensor as a plain one, the first step of every statistic."""

import torch
from torch import Tensor

IN_FLOAT32 = (torch.float32, torch.float16, torch.bfloat16)  # and all of one byte
WITHOUT_FLOAT64 = ("mps",)


def as_plain(x: Tensor) -> Tensor:
    """Any tensor as a detached, dense, complete one of its own type.

    Sharded tensors are gathered, nested ones flattened, sparse and quantized ones expanded. A meta tensor has no
    values and becomes empty.
    """
    if hasattr(x, "full_tensor"):
        x = x.full_tensor()
    if x.is_nested:
        x = torch.cat([part.reshape(-1) for part in x.unbind()])
    if x.is_meta:
        return torch.empty(0, dtype=torch.float32, device="cpu")
    if x.layout is not torch.strided:
        x = x.to_dense()
    if x.is_quantized:
        x = x.dequantize()
    return x.detach().resolve_neg().resolve_conj()


def exact_type(x: Tensor) -> torch.dtype:
    """The type in which the elements of a tensor have all their digits, as far as its device has it.

    Magnitudes of complex numbers can be larger than the largest float32.
    """
    if x.dtype in IN_FLOAT32 or x.element_size() == 1 or x.device.type in WITHOUT_FLOAT64:
        return torch.float32
    return torch.float64


def real(x: Tensor) -> Tensor:
    """A plain tensor as it is, of a complex one the magnitudes, and of what PyTorch cannot reckon with a copy."""
    if x.is_complex():
        return x.to(torch.complex128 if exact_type(x) is torch.float64 else torch.complex64).abs()
    return x if x.dtype in (*IN_FLOAT32, torch.float64) else x.to(exact_type(x))


def as_float64(x: Tensor) -> Tensor:
    """Any tensor as a plain one: float64, or complex128 if it is complex.

    Apple's MPS has no float64, so tensors there move to the CPU. A float64 tensor is passed through, not copied.
    """
    x = as_plain(x)
    return widest(x.cpu() if x.device.type in WITHOUT_FLOAT64 else x)


def widest(x: Tensor) -> Tensor:
    """Any tensor as a plain one of the most digits that its device has, and nothing waits for the device."""
    x = as_plain(x)
    if x.device.type in WITHOUT_FLOAT64:
        return x.to(torch.complex64 if x.is_complex() else torch.float32)
    return x.to(torch.complex128 if x.is_complex() else torch.float64)

"""Tensors in pieces that are small enough to copy, and powers of two to scale them by."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

BYTES = 2**22  # of all copies at a time
COMPLEX_COPIES = 5  # to take magnitudes, in complex128
LEAST_SHARE = 32  # on a GPU, where each piece costs a few launches, a piece may be this part of all that is measured
SHORT_ROW = 64  # elements behind each unit
MOST_COUNTED = 2**24  # as far as float32 counts


class _Bits(NamedTuple):
    """The bits of a type that hold the exponent, as which type of integer, and powers of two with exact reciprocals."""

    integers: torch.dtype
    exponent: int
    least: float
    most: float


_BITS = {
    torch.float32: _Bits(torch.int32, 0x7F800000, 2.0**-126, 2.0**126),
    torch.float64: _Bits(torch.int64, 0x7FF0000000000000, 2.0**-1022, 2.0**1022),
}


def power_of_two(largest: Tensor, out: Tensor) -> Tensor:
    """The power of two at or below each magnitude, which divides without rounding; finite for NaN, inf and 0 too."""
    bits = _BITS[largest.dtype]
    exponents = largest.view(bits.integers).bitwise_and(bits.exponent).view(largest.dtype)
    return torch.clamp(exponents, bits.least, bits.most, out=out)


def most_elements(x: Tensor, copies: int, size: int, of: int | None = None) -> int:
    """How many elements a piece of a tensor may have, if it is copied so many times at so many bytes an element.

    It is a piece `of` so many elements in all, by default those of the tensor.
    """
    copies += COMPLEX_COPIES * x.is_complex()
    share = 0 if x.is_cpu else (of or x.numel()) // LEAST_SHARE
    return min(max(BYTES // (copies * size), share), MOST_COUNTED)


def without_repetitions(x: Tensor, keep: int | None = None) -> Tensor:
    """A view of an expanded tensor that has each element once; dimension `keep` stays as it is."""
    for dimension, (size, stride) in enumerate(zip(x.shape, x.stride(), strict=True)):
        if stride == 0 and size > 1 and dimension != keep:
            x = x.narrow(dimension, 0, 1)
    return x


def in_memory_order(x: Tensor, dimension: int) -> tuple[Tensor, int]:
    """A transposed or channels-last tensor with its dimensions in the order of memory, and where `dimension` is then.

    A tensor with gaps or repetitions stays as it is.
    """
    if x.is_contiguous():
        return x, dimension
    order = sorted(range(x.dim()), key=x.stride, reverse=True)
    stored = x.permute(order)
    return (stored, order.index(dimension)) if stored.is_contiguous() else (x, dimension)


def in_columns(x: Tensor, unit_dim: int) -> tuple[Tensor, int, int]:
    """The tensor as it is; if few elements lie behind each unit, on the CPU, each of them in a column of its own.

    PyTorch takes up to thirty times as long there to reduce short rows. Returns how many columns each unit has.
    """
    inner = math.prod(x.shape[unit_dim + 1 :])
    outer = math.prod(x.shape[:unit_dim])
    if not (x.is_cpu and 1 < inner < SHORT_ROW <= outer and x.is_contiguous()):
        return x, unit_dim, 1
    return x.reshape(outer, -1), 1, inner


def samples_in_pieces(x: Tensor, unit_dim: int, most: int) -> Iterator[Tensor]:
    """Pieces that each have all units, of at most so many elements if a unit's samples can be parted so far."""
    samples = [dimension for dimension in range(x.dim()) if dimension != unit_dim and x.shape[dimension] > 1]
    if x.numel() <= most or not samples:
        yield x
        return
    for part in torch.split(x, _rows(x, samples[0], most), samples[0]):
        yield from samples_in_pieces(part, unit_dim, most)


def parted(tensors: tuple[Tensor, ...], most: int) -> Iterator[tuple[Tensor, ...]]:
    """Views of at most so many elements that together have all elements of tensors of one shape, in one order."""
    x = tensors[0]
    if x.numel() <= most:
        yield tensors
    elif all(tensor.is_contiguous() for tensor in tensors):
        yield from zip(*(torch.split(tensor.view(-1), most) for tensor in tensors), strict=True)
    else:
        longest = max(range(x.dim()), key=lambda dimension: x.shape[dimension])
        rows = _rows(x, longest, most)
        for parts in zip(*(torch.split(tensor, rows, longest) for tensor in tensors), strict=True):
            yield from parted(parts, most)


def _rows(x: Tensor, dimension: int, most: int) -> int:
    """How many rows along a dimension have at most so many elements, and at least 1."""
    return max(1, most // math.ceil(x.numel() / x.shape[dimension]))

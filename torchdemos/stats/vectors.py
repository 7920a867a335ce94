"""Vectors of float64 numbers: NumPy arrays, or numbers that are still on their device until all come in one transfer.

A look makes hundreds of them, and a NumPy array takes a tenth of the time that a tensor takes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.generic]
Float64Array = NDArray[np.float64]
WITH_NUMPY = (torch.float32, torch.float64, torch.int64, torch.complex64, torch.complex128)


@dataclass(frozen=True)
class OnDevice:
    """Numbers that the host does not know yet: tensors on a device, and what makes a vector of their values."""

    tensors: tuple[Tensor, ...]
    finish: Callable[..., Float64Array]


Float64Vector = Float64Array | OnDevice


def read(tensor: Tensor) -> Float64Vector:
    """All elements of a tensor as a vector."""
    return combined(_flat, values_of(tensor))


def values_of(tensor: Tensor) -> Any:
    """The values of a tensor as an array of its shape, once they are on the host."""
    tensor = tensor.detach()
    return later((tensor if tensor.dtype in WITH_NUMPY else tensor.float(),), lambda values: values)


def later(tensors: tuple[Tensor, ...], finish: Callable[..., Float64Array]) -> Float64Vector:
    """What `finish` makes of the values of tensors, each a NumPy array: at once if no device has to be waited for."""
    if all(tensor.is_cpu for tensor in tensors):
        return finish(*(tensor.numpy() for tensor in tensors))
    return OnDevice(tensors, finish)


def combined(function: Callable[..., Float64Array], *vectors: Float64Vector) -> Float64Vector:
    """What a function makes of vectors, as soon as all are known."""
    if not any(isinstance(vector, OnDevice) for vector in vectors):
        return function(*vectors)
    tensors = tuple(tensor for vector in vectors if isinstance(vector, OnDevice) for tensor in vector.tensors)

    def finish(*arrays: Array) -> Float64Array:
        values = iter(arrays)
        return function(*(_finished(vector, values) for vector in vectors))

    return OnDevice(tensors, finish)


def bring(vectors: Sequence[Float64Vector]) -> list[Float64Array]:
    """All vectors, in one transfer from each device: every transfer of its own would wait for the device."""
    waiting = [tensor for vector in vectors if isinstance(vector, OnDevice) for tensor in vector.tensors]
    arrays = iter(_on_host(waiting)) if waiting else iter(())
    return [_finished(vector, arrays) for vector in vectors]


def _finished(vector: Float64Vector, arrays: Iterator[Array]) -> Float64Array:
    if isinstance(vector, OnDevice):
        return vector.finish(*(next(arrays) for _ in vector.tensors))
    return vector


def _on_host(tensors: Sequence[Tensor]) -> list[Array]:
    """The values of tensors of any types, which travel as bytes."""
    found: dict[int, Array] = {}
    for device in dict.fromkeys(tensor.device for tensor in tensors):
        places = [place for place, tensor in enumerate(tensors) if tensor.device == device]
        for place, values in zip(places, _bytes([tensors[place] for place in places]), strict=True):
            kind = str(tensors[place].dtype).removeprefix("torch.")
            found[place] = np.frombuffer(bytearray(values), kind).reshape(tensors[place].shape)
    return [found[place] for place in range(len(tensors))]


def _bytes(tensors: Sequence[Tensor]) -> list[Array]:
    """The bytes of tensors of one device; they come one by one if it has no room to put them together."""
    parts = [tensor.reshape(-1).view(torch.uint8) for tensor in tensors]
    try:
        whole = torch.cat(parts).cpu().numpy()
    except RuntimeError:
        return [part.cpu().numpy() for part in parts]
    return np.split(whole, np.cumsum([part.numel() for part in parts])[:-1])


def _flat(values: Array) -> Float64Array:
    return values.reshape(-1).astype(np.float64)

"""All that a block found, brought from its devices together."""

from collections.abc import Iterator
from typing import Any, TypeVar, cast

import numpy as np
import torch
from torch import Tensor

from torchdemos.stats.vectors import Float64Array, Float64Vector, OnDevice, bring, values_of

T = TypeVar("T")
PLAIN = (np.ndarray, str, int, float)  # most of what a block finds


def arrived(found: T) -> T:
    """The same dicts, lists and tuples with every vector and every tensor in them on the host, in one transfer."""
    waiting = list(_on_devices(found))
    return cast(T, _with(found, iter(bring(waiting)))) if waiting else found


def _on_devices(found: Any) -> Iterator[Float64Vector]:
    """Every vector and every tensor that is on a device, depth first."""
    if isinstance(found, OnDevice):
        yield found
    elif isinstance(found, Tensor):
        if not found.is_cpu:
            yield values_of(found)
    elif isinstance(found, (dict, list, tuple)):
        for part in found.values() if isinstance(found, dict) else found:
            if not isinstance(part, PLAIN):
                yield from _on_devices(part)


def _with(found: Any, arrays: Iterator[Float64Array]) -> Any:
    """The same, with the next array in place of each that is on a device."""
    if isinstance(found, OnDevice):
        return next(arrays)
    if isinstance(found, Tensor):
        return found if found.is_cpu else torch.from_numpy(next(arrays))
    if isinstance(found, dict):
        return {key: _with(part, arrays) for key, part in found.items()}
    if isinstance(found, (list, tuple)):
        parts = [_with(part, arrays) for part in found]
        return type(found)(*parts) if hasattr(found, "_fields") else type(found)(parts)
    return found

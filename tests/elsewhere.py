"""A device that is not there: tensors that compute on the CPU and say that they are not on it.

Whatever brings a value to the host is counted, since on a GPU it would wait for all work before it.
"""

from collections import Counter
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves, tree_map_only

left: Counter[str] = Counter()  # how often a value left the device, by the function that asked for it
ASKING = ("item", "tolist", "numpy", "cpu", "to", "__bool__", "__float__", "__int__", "__len__", "nonzero")
TRANSFERS = {getattr(Tensor, name): name for name in ASKING if name not in ("to", "__len__")}


class Elsewhere(Tensor):
    """A tensor on that device. It has no float64, as Apple's MPS has none."""

    is_cpu = False  # type: ignore[assignment]

    @classmethod
    def __torch_function__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        to_host = function in TRANSFERS
        if function is Tensor.to:
            to_host = any(str(place) == "cpu" for place in (*args[1:], kwargs.get("device")))
        if to_host:
            left[function.__name__] += 1
            args = tree_map_only(Elsewhere, lambda tensor: tensor.as_subclass(Tensor), args)
            return function(*args, **kwargs)
        found = super().__torch_function__(function, types, args, kwargs)
        if any(isinstance(x, Elsewhere) and x.dtype is torch.float64 for x in tree_leaves(found)):
            raise TypeError("this device has no float64")
        return found


def elsewhere(x: Tensor) -> Tensor:
    """A tensor on the device."""
    return x.detach().as_subclass(Elsewhere)


def moved(model: nn.Module) -> nn.Module:
    """A model with its parameters and buffers moved there."""
    for module in model.modules():
        for name, parameter in module._parameters.items():
            if parameter is not None:
                module._parameters[name] = nn.Parameter(elsewhere(parameter))
        for name, buffer in module._buffers.items():
            if buffer is not None:
                module._buffers[name] = elsewhere(buffer)
    return model

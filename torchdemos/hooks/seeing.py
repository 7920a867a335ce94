"""Hooks that only look: at what a module was given and gave, and at the gradient of a tensor."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from torchdemos.hooks.tape import InertHook

SawCall = Callable[[Any, Any], None]
SawGradient = Callable[[Tensor], None]


def see_calls(module: nn.Module, saw: SawCall) -> list[RemovableHandle]:
    """Call `saw` with the arguments and the output of each call, until the handle is removed.

    A scripted module takes no hook: then there is no handle.
    """
    try:
        return [module.register_forward_hook(CallHook(saw))]
    except RuntimeError:
        return []


def see_gradient(tensor: Tensor, saw: SawGradient) -> list[RemovableHandle]:
    """Call `saw` with the gradient that a backward pass gives to a tensor; never, if the tensor takes no hook."""
    try:
        return [tensor.register_hook(TensorHook(saw))]  # type: ignore[no-untyped-call]
    except RuntimeError:  # a view of several that was overwritten in place
        return []


class CallHook:
    """A forward hook; inert on a copy of the module."""

    def __init__(self, saw: SawCall) -> None:
        self._saw = saw

    def __call__(self, module: nn.Module, args: Any, output: Any) -> None:
        self._saw(args, output)

    def __reduce__(self) -> tuple[type[InertHook], tuple[()]]:
        return InertHook, ()


class TensorHook:
    """A tensor hook that holds no tensor."""

    def __init__(self, saw: SawGradient) -> None:
        self._saw = saw

    def __call__(self, gradient: Tensor | None) -> None:
        if gradient is not None:
            self._saw(gradient)

"""Hooks that only look: at what a module was given and gave, and at the gradient of a tensor."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from torch import Tensor, nn

from torchdemos.hooks.removal import Hooks
from torchdemos.hooks.tape import InertHook

SawCall = Callable[[Any, Any], None]
SawGradient = Callable[[Tensor], None]


def see_calls(hooks: Hooks, module: nn.Module, saw: SawCall) -> None:
    """Call `saw` with the arguments and the output of each call; a scripted module takes no hook."""
    with suppress(RuntimeError):
        hooks.attach(module, module.register_forward_hook, CallHook(saw))


def see_gradient(hooks: Hooks, tensor: Tensor, saw: SawGradient) -> None:
    """Call `saw` with the gradient that a backward pass gives to a tensor.

    A view of several that was overwritten in place takes no hook.
    """
    with suppress(RuntimeError):
        hooks.attach(tensor, tensor.register_hook, TensorHook(saw))


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

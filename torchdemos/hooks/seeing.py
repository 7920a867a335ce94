"""Hooks that only look: at what a module was given and gave, and at the gradient of a tensor."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from torch import Tensor, nn

from torchdemos.hooks.inert import ModuleHook
from torchdemos.hooks.removal import Hooks, Removable

SawCall = Callable[[Any, Any], None]
SawGradient = Callable[[Tensor], None]


def see_calls(hooks: Hooks, module: nn.Module, saw: SawCall) -> None:
    """Call `saw` with the arguments and the output of each call; a scripted module takes no hook."""
    with suppress(RuntimeError):  # a scripted module runs outside Python and stays silent
        hooks.attach(module, module.register_forward_hook, CallHook(saw))


def see_gradient(hooks: Hooks, tensor: Tensor, saw: SawGradient) -> Removable | None:
    """Call `saw` with the gradient that a backward pass gives to a tensor, until what is returned is removed.

    None for a view of several that was overwritten in place, which takes no hook.
    """
    try:
        return hooks.attach(tensor, tensor.register_hook, TensorHook(saw))
    except RuntimeError:
        return None


class CallHook(ModuleHook):
    """A forward hook."""

    def __init__(self, saw: SawCall) -> None:
        self._saw = saw

    def __call__(self, module: nn.Module, args: Any, output: Any) -> None:
        self._saw(args, output)


class TensorHook:
    """A tensor hook, which must not know its tensor: that would leak the graph."""

    def __init__(self, saw: SawGradient) -> None:
        self._saw = saw

    def __call__(self, gradient: Tensor | None) -> None:
        if gradient is not None:  # it is None where the loss used another output of the same operation
            self._saw(gradient)

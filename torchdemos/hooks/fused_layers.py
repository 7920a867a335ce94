"""Layers that PyTorch runs as one fused kernel in evaluation, unless something in them has a hook.

In evaluation without gradients an `nn.TransformerEncoderLayer` asks itself and every module inside for forward hooks,
and with one it computes other bits. So hooks are in it only while it trains. Modules around it are not asked, and hooks
there notice that it was switched. What calls it past all modules around it is not noticed, because only a hook on the
layer itself could notice that: whoever switches it inside a block and calls it alone gets the other bits.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

import torch
from torch import nn

from torchdemos.hooks.inert import ModuleHook
from torchdemos.hooks.removal import Hooks
from torchdemos.hooks.wrappers import unwrapped

Attach = Callable[[Hooks, str, nn.Module], None]


def hook(
    hooks: Hooks,
    model: nn.Module,
    layers: Mapping[str, nn.Module],
    attach: Attach,
    fused: Mapping[str, nn.Module],
    evaluated: Callable[[str], None] = lambda name: None,
) -> None:
    """Hook layers of a model; those inside a `fused` layer only while that trains.

    `attach(hooks, name, layer)` hooks one. `evaluated(name)` is called with a fused layer of which none is hooked any
    more.
    """
    parts: list[_FusedLayer] = []
    rest = dict(layers)
    for name, layer in fused.items():
        if inside := {one: rest.pop(one) for one in list(rest) if _is_inside(one, name)}:
            parts.append(_FusedLayer(name, layer, inside, attach, evaluated))
            hooks.add(parts[-1].hooks)
    for name, layer in rest.items():
        attach(hooks, name, layer)
    follow = FollowHook(parts)
    follow()
    for module in _around(unwrapped(model), parts):
        with suppress(RuntimeError):  # a scripted module
            hooks.attach(module, module.register_forward_pre_hook, follow)


class _FusedLayer:
    """A layer with hooks inside it while it trains."""

    def __init__(
        self,
        name: str,
        layer: nn.Module,
        inside: Mapping[str, nn.Module],
        attach: Attach,
        evaluated: Callable[[str], None],
    ) -> None:
        self.name, self.hooks = name, Hooks()
        self._layer, self._inside, self._attach, self._evaluated = layer, inside, attach, evaluated

    def follow(self) -> None:
        """Attach or remove the hooks, as the layer is now."""
        if self._layer.training:
            if not self.hooks:
                for name, one in self._inside.items():
                    self._attach(self.hooks, name, one)
            return
        self.hooks.remove()
        self._evaluated(self.name)


class FollowHook(ModuleHook):
    """A hook before the calls of all modules around fused layers."""

    def __init__(self, parts: Iterable[_FusedLayer]) -> None:
        self._parts = parts

    def __call__(self, *call: Any) -> None:
        if not torch.compiler.is_compiling():
            for part in self._parts:
                part.follow()


def _is_inside(name: str, layer: str) -> bool:
    return not layer or f"{name}.".startswith(f"{layer}.")


def _around(model: nn.Module, parts: Iterable[_FusedLayer]) -> list[nn.Module]:
    """All modules that some fused layer is inside of."""
    paths = [part.name.split(".") for part in parts if part.name]
    names = dict.fromkeys(".".join(path[:length]) for path in paths for length in range(len(path)))
    return [model.get_submodule(name) for name in names]

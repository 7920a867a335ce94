"""What a whole model is given by name, and what it gives."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn
from torch.utils.hooks import RemovableHandle

from torchdemos.hooks import torch_state
from torchdemos.hooks.inert import ModuleHook

Saw = Callable[[Mapping[str, Any], Any], None]


def see_outputs(model: nn.Module, saw: Saw) -> RemovableHandle | None:
    """Call `saw` with the named arguments and the output of each call of the model, until the handle is removed.

    Calls that compiled code makes or that activation checkpointing repeats are left out. None for a model that takes
    no hook.
    """
    try:
        return model.register_forward_hook(OutputHook(saw), with_kwargs=True)
    except RuntimeError:  # a scripted module
        return None


class OutputHook(ModuleHook):
    """A forward hook of the whole model."""

    def __init__(self, saw: Saw) -> None:
        self._saw = saw

    def __call__(self, module: nn.Module, args: Any, named: Mapping[str, Any], output: Any) -> None:
        if not torch.compiler.is_compiling() and not torch_state.inside_backward():
            self._saw(named, output)

"""The two ends of a model: what it is given in a block, and what it answers."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor, nn

from torchdemos.hooks import torch_state
from torchdemos.hooks.nested import first_tensor
from torchdemos.hooks.removal import Hooks
from torchdemos.hooks.seeing import see_calls, see_gradient
from torchdemos.hooks.wrappers import unwrapped
from torchdemos.stats import kernels
from torchdemos.stats.vectors import Float64Vector
from torchdemos.watching.outputs import OutputStatistics, measure

MOST = 2**20  # numbers of an answer with tokens: a pass over those of a large vocabulary would take long


class Ends:
    """What the first call of a model in a block was given, and what it answered, on the device.

    `statistics` are those of "given", the first tensor, and of "answer", if that is [samples, units] or, unless it is
    too large, [samples, tokens, units]. `gradients` has norm and largest magnitude of d loss / d answer [2]. What is no
    such tensor is not there.
    """

    def __init__(self) -> None:
        self.statistics: dict[str, OutputStatistics] = {}
        self.gradients: dict[str, Float64Vector] = {}
        self._hooks: Hooks | None = None
        self._called = False
        self._thread = threading.get_ident()

    def hook(self, hooks: Hooks, model: nn.Module) -> None:
        """Look at both ends until the hooks are removed. A model that takes no hook has none."""
        self._hooks = hooks
        see_calls(hooks, unwrapped(model), self._saw)

    def _saw(self, args: Any, answer: Any) -> None:
        if self._called or torch.compiler.is_compiling() or torch_state.inside_transform():
            return
        if torch_state.inside_backward() or threading.get_ident() != self._thread:  # a replica's call, say
            return
        self._called = True
        with torch_state.outside_modes(), suppress(Exception):  # what cannot be measured is unknown
            self._measure("given", first_tensor(args))
            logits = answer["logits"] if isinstance(answer, Mapping) else answer  # as transformers give them
            if logits.dim() == 2 or (logits.dim() == 3 and logits.numel() <= MOST):
                self._measure("answer", logits, logits.dim() - 1)
                if logits.requires_grad and self._hooks:
                    see_gradient(self._hooks, logits, self._saw_gradient)

    def _measure(self, end: str, tensor: Tensor | None, place: int = 1) -> None:
        if tensor is not None and (found := measure(tensor, min(place, tensor.dim() - 1))):
            self.statistics[end] = found

    def _saw_gradient(self, gradient: Tensor) -> None:
        with torch_state.outside_modes(), suppress(Exception):
            self.gradients["answer"] = kernels.norm_and_abs_max(gradient.detach())

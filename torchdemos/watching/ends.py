"""The two ends of a model: what it is given in a block, and what it answers."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from torchdemos.hooks import torch_state
from torchdemos.hooks.nested import first_tensor
from torchdemos.hooks.removal import Hooks
from torchdemos.hooks.seeing import see_calls, see_gradient
from torchdemos.hooks.wrappers import unwrapped
from torchdemos.stats import kernels
from torchdemos.stats.vectors import Float64Array, Float64Vector, combined, read
from torchdemos.watching.outputs import OutputStatistics, measure
from torchdemos.watching.tensor_parallel import is_spread

WHOLE = (torch.int64, torch.int32, torch.int16, torch.uint8)
MOST = 2**20  # numbers of an answer with tokens: a pass over those of a large vocabulary would take long


class Ends:
    """What the first call of a model in a block was given, and what it answered, on the device.

    `statistics` are those of "given", the first tensor, and of "answer", if that is [samples, units] or, unless it is
    too large, [samples, tokens, units]. `gradients` has of d loss / d answer the norm, the largest magnitude, and the
    norm of its sum over rows [3]. `alike` says of integers that were given whether all are the same [1], and of any
    numbers whether those of further calls are what the first call began with. What is no such tensor is not there. With
    `first` the statistics have the first sample of what was given.
    """

    def __init__(self, first: bool = False) -> None:
        self._first = first
        self.statistics: dict[str, OutputStatistics] = {}
        self.gradients: dict[str, Float64Vector] = {}
        self.alike: dict[str, Float64Vector] = {}
        self._hooks: Hooks | None = None
        self._called = False
        self._one: Tensor | None = None  # the first number that was given
        self._thread = threading.get_ident()

    def hook(self, hooks: Hooks, model: nn.Module) -> None:
        """Look at both ends until the hooks are removed. A model that takes no hook has none."""
        self._hooks = hooks
        see_calls(hooks, unwrapped(model), self._saw)

    def _saw(self, args: Any, answer: Any) -> None:
        if torch.compiler.is_compiling() or torch_state.inside_transform():
            return
        if torch_state.inside_backward() or threading.get_ident() != self._thread:  # a replica's call, say
            return
        with torch_state.outside_modes(), suppress(Exception):  # what cannot be measured is unknown
            self._compare(first_tensor(args))
        if self._called:
            return
        self._called = True
        with torch_state.outside_modes(), suppress(Exception):
            self._measure("given", first_tensor(args))
            logits = answer["logits"] if isinstance(answer, Mapping) else answer  # as transformers give them
            if logits.dim() == 2 or (logits.dim() == 3 and logits.numel() <= MOST):
                self._measure("answer", logits, logits.dim() - 1)
                if "answer" in self.statistics and logits.requires_grad and self._hooks:
                    see_gradient(self._hooks, logits, self._saw_gradient)

    def _measure(self, end: str, tensor: Tensor | None, place: int = 1) -> None:
        if tensor is not None and (found := measure(tensor, min(place, tensor.dim() - 1), first=self._first)):
            self.statistics[end] = found

    def _compare(self, given: Tensor | None) -> None:
        """Note whether all are the same; a mask may be all True, and numbers of one call have a standard deviation."""
        if given is None or given.dtype == torch.bool or is_spread(given):
            return
        if self._one is None:
            self._one = given[(0,) * given.dim()].clone()
            if given.numel() < 2 or given.dtype not in WHOLE:
                return
        same, known = read((given == self._one).all()[None].float()), self.alike.get("given")
        self.alike["given"] = same if known is None else combined(np.minimum, known, same)

    def _saw_gradient(self, gradient: Tensor) -> None:
        with torch_state.outside_modes(), suppress(Exception):
            rows = gradient.detach().flatten(0, -2)
            shared = rows.sum(0, dtype=torch.promote_types(rows.dtype, torch.float32))
            self.gradients["answer"] = combined(_together, kernels.norm_and_abs_max(rows), kernels.norms([shared]))


def _together(*vectors: Float64Array) -> Float64Array:
    return np.concatenate(vectors)


def pool_gradients(parts: Sequence[Float64Array]) -> Float64Array:
    """Those of the parts of a batch together; of sums over rows only the norms are known, so that theirs is unknown."""
    if len(parts) == 1:
        return parts[0]
    norms, largest, _ = np.stack(parts).T
    return np.array([np.hypot.reduce(norms), largest.max(), np.nan])


def pool_alike(parts: Sequence[Float64Array]) -> Float64Array:
    """Whether all integers are alike in each part; parts may differ."""
    alike: Float64Array = np.stack(parts).min(0)
    return alike

"""The two ends of a model: what it is given in a block, and what it answers."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from torchdemos.hooks import torch_state
from torchdemos.hooks.nested import first_tensor
from torchdemos.hooks.removal import removed_at_end
from torchdemos.hooks.tape import InertHook
from torchdemos.hooks.wrappers import unwrapped
from torchdemos.stats import kernels
from torchdemos.stats.vectors import Float64Vector
from torchdemos.watching.outputs import OutputStatistics, measure


class Ends:
    """What the first call of a model in a block was given, and what it answered, on the device.

    `given` are statistics of its first tensor, `answer` those of an answer [samples, units]; `answer_gradient` is norm
    and largest magnitude of d loss / d answer [2]. Each is None where there is no such tensor.
    """

    def __init__(self) -> None:
        self.given: OutputStatistics | None = None
        self.answer: OutputStatistics | None = None
        self.answer_gradient: Float64Vector | None = None
        self._handles: list[RemovableHandle] = []
        self._called = False

    @contextmanager
    def seen(self, model: nn.Module) -> Iterator["Ends"]:
        """Look at both ends inside a `with` block. A model that takes no hook has none."""
        with removed_at_end() as self._handles:
            with suppress(RuntimeError):  # a scripted model
                self._handles.append(unwrapped(model).register_forward_hook(EndsHook(self)))
            yield self

    def _saw(self, args: Any, answer: Any) -> None:
        if self._called or torch.compiler.is_compiling() or torch_state.inside_transform():
            return
        self._called = True
        with torch_state.outside_modes(), suppress(Exception):  # what cannot be measured is unknown
            self.given = _measured(first_tensor(args))
            if isinstance(answer, Tensor) and answer.dim() == 2:
                self.answer = _measured(answer)
                if answer.requires_grad:
                    hook = AnswerGradientHook(self)
                    self._handles.append(answer.register_hook(hook))  # type: ignore[no-untyped-call]

    def _saw_gradient(self, gradient: Tensor) -> None:
        with torch_state.outside_modes(), suppress(Exception):
            self.answer_gradient = kernels.norm_and_abs_max(gradient.detach())


class EndsHook:
    """A forward hook of the whole model; inert on a copy of it."""

    def __init__(self, ends: Ends) -> None:
        self._ends = ends

    def __call__(self, module: nn.Module, args: Any, answer: Any) -> None:
        if not torch_state.inside_backward():
            self._ends._saw(args, answer)

    def __reduce__(self) -> tuple[type[InertHook], tuple[()]]:
        return InertHook, ()


class AnswerGradientHook:
    """A tensor hook that holds no tensor."""

    def __init__(self, ends: Ends) -> None:
        self._ends = ends

    def __call__(self, gradient: Tensor | None) -> None:
        if gradient is not None:
            self._ends._saw_gradient(gradient)


def _measured(tensor: Tensor | None) -> OutputStatistics | None:
    return measure(tensor, 1 if tensor.dim() > 1 else 0) if tensor is not None else None

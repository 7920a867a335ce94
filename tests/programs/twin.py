"""What PyTorch itself says of a block: each output of a layer, and its gradient as `retain_grad` adds it up."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, autograd, nn
from torch.nn.modules.module import register_module_forward_hook

Calls = list[tuple[Tensor, Tensor]]  # a copy of each output, and the output
GRAD = autograd.grad


class Twin:
    """Stands where a watch stands. A layer is a module without children or with parameters of its own."""

    def __init__(self, model: nn.Module, scaler: torch.amp.GradScaler | None = None) -> None:
        self._scaler = scaler
        self._names = {
            module: name
            for name, module in model.named_modules()
            if not list(module.children()) or list(module.parameters(recurse=False))
        }
        self._scale = 1.0
        self._calls: dict[str, Calls] = {}
        self._requested: dict[Tensor, Tensor | None] = {}

    @contextmanager
    def __call__(self, step: int) -> Iterator[None]:
        self._calls, self._requested = defaultdict(list), {}
        self._scale = self._scaler.get_scale() if self._scaler else 1.0
        handle = register_module_forward_hook(self._note)
        with patch.object(autograd, "grad", self._on_request):
            yield
        handle.remove()

    @property
    def outputs(self) -> dict[str, Tensor]:
        """By layer, of all calls together."""
        return {name: torch.cat([copy.flatten() for copy, _ in calls]) for name, calls in self._calls.items()}

    @property
    def gradients(self) -> dict[str, Tensor]:
        found = {
            name: [g for _, output in calls if (g := self._of(output)) is not None]
            for name, calls in self._calls.items()
        }
        return {name: torch.cat(gradients) / self._scale for name, gradients in found.items() if gradients}

    def _note(self, module: nn.Module, args: Any, output: Tensor) -> None:
        if module in self._names:
            self._calls[self._names[module]].append((output.detach().clone(), output))
            if output.requires_grad:
                output.retain_grad()

    def _on_request(self, *args: Any, **kwargs: Any) -> Any:
        """`autograd.grad` adds to no parameter's gradient, and counts where no other pass comes."""
        outputs = [output for calls in self._calls.values() for _, output in calls]
        before = [output.grad for output in outputs]
        result = GRAD(*args, **kwargs)
        for output, gradient in zip(outputs, before, strict=True):
            self._requested.setdefault(output, output.grad)
            output.grad = gradient
        return result

    def _of(self, output: Tensor) -> Tensor | None:
        found = self._requested.get(output) if output.grad is None else output.grad
        return None if found is None else found.detach().flatten()

"""Optimizers that PyTorch lacks, and wrong ones."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, optim


class Lion(optim.Optimizer):
    """The sign of a mixture of momentum and gradient is the step (Chen and others, 2023)."""

    def __init__(self, params: Iterable[Tensor], lr: float, weight_decay: float = 0.0) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                momentum = self.state[p].setdefault("momentum", torch.zeros_like(p))
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.sub_(group["lr"] * momentum.lerp(p.grad, 0.1).sign())
                momentum.lerp_(p.grad, 0.01)


class RarelyCleared(optim.SGD):
    """SGD in a loop that clears the gradients only now and then."""

    def __init__(self, period: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.period, self.asked = period, 0

    def zero_grad(self, set_to_none: bool = True) -> None:
        if self.asked % self.period == 0:
            super().zero_grad(set_to_none)
        self.asked += 1


def decay_of_matrices(params: list[Tensor], lr: float, weight_decay: float) -> optim.Optimizer:
    """AdamW that leaves biases and scales of norms undecayed."""
    matrices, others = [p for p in params if p.dim() > 1], [p for p in params if p.dim() < 2]
    groups: list[dict[str, Any]] = [{"params": matrices, "weight_decay": weight_decay}, {"params": others}]
    return optim.AdamW(groups, lr, weight_decay=0.0)

"""The optimizer that takes two steps, as everybody's code of it does."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer


class SAM(Optimizer):
    """Sharpness-aware minimization (arXiv:2010.01412)."""

    def __init__(self, parameters: Any, base: Callable[..., Optimizer], rho: float = 0.05) -> None:
        super().__init__(parameters, {"rho": rho})
        self.base = base(self.param_groups)

    @property
    def trained(self) -> list[Tensor]:
        return [p for group in self.param_groups for p in group["params"]]

    @torch.no_grad()
    def first_step(self) -> None:
        size = torch.stack([p.grad.norm() for p in self.trained]).norm()
        for p in self.trained:
            self.state[p]["old"] = p.clone()
            p.add_(self.param_groups[0]["rho"] / size * p.grad)
        self.zero_grad()

    @torch.no_grad()
    def second_step(self) -> None:
        for p in self.trained:
            p.copy_(self.state[p]["old"])
        self.base.step()
        self.zero_grad()

    @torch.no_grad()
    def step(self, closure: Any) -> None:
        closure = torch.enable_grad()(closure)
        closure()
        self.first_step()
        closure()
        self.second_step()

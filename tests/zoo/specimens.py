"""What a specimen of the zoo is: a model, a batch for it, and the losses that one training step goes down."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

Loss = Callable[[nn.Module, Any], Tensor]


def sgd(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9)


def adamw(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.AdamW(parameters, lr=1e-3)


@dataclass(frozen=True)
class Specimen:
    """`losses` are gone down one after the other, each by the part of the model under whose name it
    stands ("" is the whole model); `third_party` are the beginnings of warnings that are not ours."""

    name: str
    family: str
    build: Callable[[], nn.Module]
    batch: Callable[[torch.Generator], Any]
    losses: Mapping[str, Loss]
    optimizer: Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer] = sgd
    third_party: tuple[str, ...] = field(default=())

    def parts(self, model: nn.Module) -> dict[str, nn.Module]:
        """The models that are trained and watched, each on its own."""
        return {part: model.get_submodule(part) for part in self.losses}

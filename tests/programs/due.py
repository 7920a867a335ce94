"""What a program says of its training, and what all programs are made of."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import NamedTuple

import torch
from torch import Tensor, autograd, nn

Gradients = Mapping[str, Tensor]
NOTHING: Gradients = {}
Observe = Callable[..., Callable[[int], AbstractContextManager[None]]]


class Due(NamedTuple):
    """Gradients by parameter: those that the last step in the block took; without a step, what backward added."""

    taken: Gradients = NOTHING
    added: Gradients = NOTHING


Program = Callable[[Observe], Iterator[Due]]


def of(loss: Tensor, model: nn.Module | Gradients) -> Gradients:
    named = dict(model.named_parameters() if isinstance(model, nn.Module) else model)
    trained = {name: p for name, p in named.items() if p.requires_grad}
    found = autograd.grad(loss, list(trained.values()), allow_unused=True)
    return {name: gradient for name, gradient in zip(trained, found, strict=True) if gradient is not None}


def held(model: nn.Module) -> Gradients:
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def batches(count: int) -> Iterator[tuple[int, Tensor, Tensor]]:
    for step in range(count):
        yield step, torch.randn(8, 6), torch.randint(3, (8,))

"""The training loop, written out."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from torchdemos.lab.losses import LossFunction

Batch = tuple[Tensor, Tensor]
Around = Callable[[int], AbstractContextManager[object]]


def train(
    model: nn.Module,
    batches: Iterable[Batch],
    loss_fn: LossFunction,
    optimizer: torch.optim.Optimizer,
    around: Around = lambda step: nullcontext(),
) -> Iterator[tuple[int, Tensor]]:
    """Train on one batch after the other and yield (step, loss) after each update; `around(step)` surrounds a step.

    This is a generator, so the caller decides what happens between two steps.
    """
    for step, (inputs, targets) in enumerate(batches):
        with around(step):
            optimizer.zero_grad()
            loss = loss_fn(model(inputs), targets)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        yield step, loss.detach()


def in_turn(trainings: Sequence[Iterable[tuple[int, Tensor]]]) -> Iterator[tuple[int, list[float]]]:
    """Advance several trainings (see `train`) by one step each, and yield (step, the loss of each) until all end."""
    for step, taken in enumerate(zip(*trainings, strict=True)):
        yield step, [float(loss) for _, loss in taken]


def batches(images: Tensor, labels: Tensor, size: int, steps: int, seed: int = 0) -> Iterator[Batch]:
    """Yield `steps` batches of `size` images. A generator of their own shuffles them anew in each pass over the data.

    Raises `ValueError` if there are fewer than `size` images.
    """
    if size > len(images):
        raise ValueError(
            f"a batch of {size} cannot be drawn from {len(images):,} images: give --batch a smaller number"
        )
    generator = torch.Generator().manual_seed(seed)
    order = torch.empty(0, dtype=torch.long)
    for _ in range(steps):
        while len(order) < size:
            order = torch.cat([order, torch.randperm(len(images), generator=generator)])
        chosen, order = order[:size].to(images.device), order[size:]
        yield images[chosen], labels[chosen]


@torch.no_grad()
def accuracy(model: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The share of images named correctly.

    NaN if any output is not finite: argmax would call every broken row a 0 and report chance.
    """
    training = [module for module in model.modules() if module.training]
    model.eval()
    logits = model(images)
    for module in training:  # no others, because a layer may have been in evaluation mode on purpose
        module.training = True
    return float((logits.argmax(1) == labels).float().mean()) if torch.isfinite(logits).all() else math.nan

"""One training in the playground: what happens to its weights, and nothing besides. `replay` repeats it bit by bit."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from itertools import repeat
from typing import Any

import torch
from torch import Tensor

from torchdemos.lab.losses import LOSSES, LossFunction
from torchdemos.lab.playground import networks
from torchdemos.lab.playground.settings import ALL, CONTROLS, Settings
from torchdemos.lab.training import Batch, batches

ENDLESS = 2**62  # steps
Around = Callable[[int], AbstractContextManager[object]]


class Training:
    """A network that learns from these digits [N, 1, 28, 28], with settings that may change between two steps.

    `step` is the number of steps taken, which is the next step's own number.
    """

    def __init__(self, settings: Settings, seed: int, images: Tensor, labels: Tensor) -> None:
        self.settings = self.begun_with = settings
        self.seed, self.step = seed, 0
        self.images, self.labels = images, labels
        self.model = networks.network(settings, seed, images)
        self._optimizer: torch.optim.Optimizer | None = None  # PyTorch takes a second to make its first
        self._batches = self._in_batches()

    @property
    def loss_function(self) -> LossFunction:
        """The loss that the next step goes down."""
        return LOSSES[self.settings.loss]

    def change(self, name: str, value: Any) -> None:
        """Set what needs no new network, from the next step on. Raises `ValueError` for a setting that needs one.

        A new optimizer knows nothing of earlier steps. A new batch size begins the digits anew, in the same order.
        """
        if CONTROLS[name].fresh:
            raise ValueError(f"a change of {CONTROLS[name].label} needs a new network")
        self.settings = replace(self.settings, **{name: value})
        if name == "learning_rate" and self._optimizer:
            for group in self._optimizer.param_groups:
                group["lr"] = value
        elif name == "optimizer":
            self._optimizer = None
        elif name == "batch":
            self._batches = self._in_batches()

    def advance(
        self, around: Around = lambda step: nullcontext(), tell: Callable[[Tensor], object] = lambda loss: None
    ) -> float:
        """Take one step, which `around(step)` surrounds, and return the loss before it; `tell` is given that inside."""
        optimizer = self._optimizer = self._optimizer or networks.optimizer(self.settings, self.model)
        images, labels = next(self._batches)
        with around(self.step):
            optimizer.zero_grad()
            loss = self.loss_function(self.model(images), labels)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            tell(loss.detach())
        self.step += 1
        return loss.item()

    def fingerprint(self) -> str:
        """The SHA-256 of all weights: two trainings that ended in the same bits have the same."""
        return digest(self.model.parameters())

    def _in_batches(self) -> Iterator[Batch]:
        if self.settings.batch == ALL:
            return repeat((self.images, self.labels))
        return batches(self.images, self.labels, int(self.settings.batch), ENDLESS, self.seed)


def digest(tensors: Iterable[Tensor]) -> str:
    """The SHA-256 of all bytes of these tensors, in their order."""
    found = hashlib.sha256()
    for tensor in tensors:
        found.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()

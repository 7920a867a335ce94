"""The sharpness where a network stands, measured in pieces of milliseconds so that no step waits for it."""

import copy
import math
import time
from collections.abc import Generator

import torch
from torch import Tensor, nn

from torchdemos.lab.losses import LossFunction
from torchdemos.lab.sharpness import Eigenpair, first_direction, flat, lanczos

TOLERANCE, MOST_PRODUCTS = 0.05, 30  # the error of the value is about the square of the tolerance
PIECE_SECONDS = 0.01
FEWEST = 20  # digits of a piece
FEW = 200  # digits that tell in which direction a network is steep, in a fifth of the time


class Measuring:
    """Measures the sharpness of one network again and again; each `go_on` does a piece of the work.

    `sharpness` is None until it is known, and `step` is the step before which the network had it. A first look at few
    digits finds the direction from which the first measurement sets out; the network has gone on by then.
    """

    def __init__(self) -> None:
        self.sharpness: float | None = None
        self.step = -1
        self._work: Generator[None, None, Eigenpair] | None = None
        self._step = -1
        self._start: Tensor | None = None
        self._size = FEWEST * 5
        self._is_rough = False

    def is_done(self, step: int) -> bool:
        """Whether the network has been measured at this step."""
        return self._work is None and self.step == step

    def go_on(self, model: nn.Module, loss: LossFunction, images: Tensor, labels: Tensor, step: int) -> bool:
        """Do a piece of the work, and return whether a measurement is complete by it."""
        if self._work is None:
            self._is_rough, self._step = self._start is None and len(images) > FEW, step
            few = slice(FEW if self._is_rough else None)
            self._work = self._measure(copy.deepcopy(model), loss, images[few], labels[few])
        begun = time.perf_counter()
        try:
            next(self._work)
        except StopIteration as end:
            return self._take(end.value)
        took = max(time.perf_counter() - begun, 1e-6)
        self._size = max(FEWEST, min(int(self._size * min(PIECE_SECONDS / took, 2.0)), len(images)))
        return False

    def _take(self, found: Eigenpair) -> bool:
        """Take what is complete, and return whether it is a measurement."""
        is_finite = math.isfinite(found.value)
        self._work, self._start = None, found.vector if is_finite else None
        if self._is_rough and is_finite:
            return False
        self.sharpness, self.step = found.value, self._step
        return True

    def _measure(
        self, model: nn.Module, loss: LossFunction, images: Tensor, labels: Tensor
    ) -> Generator[None, None, Eigenpair]:
        weights = list(model.parameters())
        start = first_direction(flat(weights)) if self._start is None else self._start
        search = lanczos(start.detach(), TOLERANCE, MOST_PRODUCTS)
        direction = next(search)
        while True:
            image, done = torch.zeros_like(direction), 0
            while done < len(images):
                part = slice(done, min(done + self._size, len(images)))
                value = loss(model(images[part]), labels[part])
                image += _product(value, weights, direction) * (part.stop - done) / len(images)
                done = part.stop
                yield
            try:
                direction = search.send(image)
            except StopIteration as end:
                found: Eigenpair = end.value
                return found


def _product(loss: Tensor, weights: list[nn.Parameter], direction: Tensor) -> Tensor:
    """The Hessian of a loss times a direction [P]."""
    gradient = flat(torch.autograd.grad(loss, weights, create_graph=True))
    if not gradient.requires_grad:  # a constant slope: there is no curvature
        return torch.zeros_like(direction)
    return flat(torch.autograd.grad(gradient, weights, direction, materialize_grads=True))

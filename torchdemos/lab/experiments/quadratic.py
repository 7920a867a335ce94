"""A linear layer with squared error is a quadratic bowl: its loss at every step is known before the first one.

The Hessian is the matrix of second moments of the inputs. So the pixels alone determine its largest eigenvalue, and
with it the learning rate at which training must diverge. Subtracting each pixel's mean removes the largest eigenvalue,
which allows a larger step.

LeCun, Bottou, Orr & Mueller 1998, "Efficient BackProp", in Neural Networks: Tricks of the Trade, LNCS 1524.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import one_hot, pad

from torchdemos.lab import data
from torchdemos.lab.claims import Claim
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.theory import descent

SOURCE = "2/lambda, LeCun et al. 1998"
PIXEL_KINDS = ("raw", "centred", "standardised")
SEARCH_STEPS = 200  # a run whose loss never rises in so many steps counts as converging
LOWEST_RATE, HIGHEST_RATE = 1e-4, 1e2  # the search for the threshold starts with this range
FINAL_RATIO = 1.0025  # and ends once the range is as narrow as this


def half_square(outputs: Tensor, targets: Tensor) -> Tensor:
    """Half the squared distance, averaged over the digits only: the loss that all these laws are about."""
    return (outputs - targets).square().sum(1).mean() / 2


def targets(labels: Tensor) -> Tensor:
    """The labels as [N, 10] in float64: 1 for the right digit, 0 for the nine others."""
    return one_hot(labels, 10).double()


def pixels(images: Tensor, kind: str) -> Tensor:
    """The images as rows [N, 784] in float64: raw, centred on each pixel's own mean, or standardised as is usual."""
    flat = (data.standardize(images) if kind == "standardised" else images).double().flatten(1)
    return flat - flat.mean(0) if kind == "centred" else flat


# The bowl is known from the inputs and targets alone.


class Bowl(NamedTuple):
    """L(W) = start - <correlation, W> + 1/2 <W hessian, W>; the bias is the weight of a pixel that is always 1."""

    hessian: Tensor  # mean x x^T, [785, 785]
    correlation: Tensor  # mean t x^T, [10, 785]: the gradient at W = 0 is minus this
    start: float  # the loss at W = 0
    curvatures: Tensor  # eigenvalues of the Hessian, ascending
    directions: Tensor  # its eigenvectors, as columns

    @property
    def threshold(self) -> float:
        """The learning rate above which training diverges."""
        return descent.threshold(float(self.curvatures[-1]))

    @property
    def steepest_minimum(self) -> Tensor:
        """The minimum along the steepest direction, seen from W = 0: one number for each of the ten outputs."""
        return self.correlation @ self.directions[:, -1] / self.curvatures[-1]

    def losses(self, learning_rate: float, steps: int) -> list[float]:
        """The exact loss before each step of a training from W = 0."""
        varying = self.curvatures > 1e-12 * self.curvatures[-1]  # pixels that never change have no curvature
        curved = self.curvatures[varying]
        squares = (self.correlation @ self.directions[:, varying]).square().sum(0) / curved.square()
        minimum = self.start - float(curved @ squares) / 2
        return descent.quadratic_losses(minimum, curved.tolist(), squares.tolist(), learning_rate, steps)


def bowl(inputs: Tensor, labels: Tensor) -> Bowl:
    """The bowl of a linear layer on these inputs [N, D]."""
    x, t = pad(inputs, (0, 1), value=1.0), targets(labels)
    hessian = x.T @ x / len(x)
    return Bowl(hessian, t.T @ x / len(x), 0.5, *torch.linalg.eigh(hessian))


def descend(bowl: Bowl, learning_rate: float, steps: int) -> Iterator[float]:
    """The loss before each step of a training from W = 0. Its gradient over all digits is W hessian - correlation."""
    weights = torch.zeros_like(bowl.correlation)
    for _ in range(steps):
        gradient = weights @ bowl.hessian - bowl.correlation
        yield bowl.start + float((weights * (gradient - bowl.correlation)).sum()) / 2
        weights = weights - learning_rate * gradient


# Where does training diverge? The search does not use the prediction.


class Bracket(NamedTuple):
    """A learning rate at which the loss fell in every step, and a hardly larger one at which it did not."""

    falls: float
    rises: float

    @property
    def middle(self) -> float:
        """The geometric mean of both."""
        return math.sqrt(self.falls * self.rises)


def bracket(bowl: Bowl) -> Bracket:
    """Halve the range of learning rates between falling and rising losses, with one training for each halving."""
    falls, rises = LOWEST_RATE, HIGHEST_RATE
    while rises / falls > FINAL_RATIO:
        middle = math.sqrt(falls * rises)
        falls, rises = (falls, middle) if _rises(bowl, middle) else (middle, rises)
    return Bracket(falls, rises)


def _rises(bowl: Bowl, learning_rate: float) -> bool:
    """Whether any step leads up. On a quadratic the loss is convex in time, so once risen it never falls again."""
    before = math.inf
    for loss in descend(bowl, learning_rate, SEARCH_STEPS):
        if not loss <= before:
            return True
        before = loss
    return False


class Threshold(NamedTuple):
    """The learning rate at which training diverges, for one kind of pixels."""

    kind: str
    bowl: Bowl
    found: Bracket

    def claim(self, digits: int) -> Claim:
        """Claim that the middle of the bracket is 2 / lambda; half a percent is twice the width of the bracket."""
        name = f"lr from which training diverges, {self.kind} pixels, {digits:,} digits"
        return Claim(name, SOURCE, self.bowl.threshold, self.found.middle, 0.005)


class LossAtRate(NamedTuple):
    """The loss after a few steps with one learning rate."""

    learning_rate: float
    predicted: float
    measured: float


def thresholds(images: Tensor, labels: Tensor, progress: Progress = no_progress) -> list[Threshold]:
    """Predict and search the threshold for each kind of pixels."""
    found = []
    for kind in progress(PIXEL_KINDS, "searching where training diverges", len(PIXEL_KINDS)):
        its_bowl = bowl(pixels(images, kind), labels)
        found.append(Threshold(kind, its_bowl, bracket(its_bowl)))
    return found


def losses_by_rate(bowl: Bowl, steps: int, count: int = 25) -> list[LossAtRate]:
    """The loss after `steps` steps for learning rates from 1 % of the threshold to a little above it."""
    rates = [bowl.threshold * multiple for multiple in torch.logspace(-2, 0.05, count, dtype=torch.float64).tolist()]
    return [LossAtRate(rate, bowl.losses(rate, steps + 1)[-1], [*descend(bowl, rate, steps + 1)][-1]) for rate in rates]

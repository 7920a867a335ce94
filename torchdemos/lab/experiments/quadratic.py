"""A linear layer with squared error is a quadratic bowl: its loss at every step is known before the first one.

The Hessian is the matrix of second moments of the inputs, so its largest eigenvalue, and with it the learning rate
at which training must diverge, follow from the pixels alone. Subtracting each pixel's mean takes the largest
eigenvalue away, which buys a larger step.

LeCun, Bottou, Orr & Mueller 1998, "Efficient BackProp", in Neural Networks: Tricks of the Trade, LNCS 1524.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot, pad

from torchdemos.lab import data, ensembles
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.evidence import Track, untracked
from torchdemos.lab.theory import descent

SOURCE = "2/lambda, LeCun et al. 1998"
INPUTS = ("raw", "centred", "standardised")
LONG = 200  # steps after which a run whose loss has never risen counts as converging
FROM, TO, NARROW = 1e-4, 1e2, 1.0025  # where the search for the threshold starts, and how narrow it ends


def half_square(outputs: Tensor, targets: Tensor) -> Tensor:
    """Half the squared distance, averaged over the digits only: the loss that all these laws are about."""
    return (outputs - targets).square().sum(1).mean() / 2


def targets(labels: Tensor) -> Tensor:
    """1 for the right digit, 0 for the nine others: [N, 10]."""
    return one_hot(labels, 10).double()


def pixels(images: Tensor, kind: str) -> Tensor:
    """Images as rows [N, 784] in float64: raw, minus each pixel's own mean, or standardised as is usual."""
    flat = (data.standardize(images) if kind == "standardised" else images).double().flatten(1)
    return flat - flat.mean(0) if kind == "centred" else flat


# Setting: the bowl, known from the inputs and targets alone.


class Bowl(NamedTuple):
    """L(W) = start - <pull, W> + 1/2 <W hessian, W>, for a linear layer with its bias as the weight of a pixel 1."""

    hessian: Tensor  # mean x x^T, [785, 785]
    pull: Tensor  # mean t x^T, [10, 785]: the first step goes this way
    start: float  # the loss at W = 0
    curvatures: Tensor  # eigenvalues of the Hessian, ascending
    directions: Tensor  # its eigenvectors, as columns

    @property
    def threshold(self) -> float:
        """The learning rate above which training diverges."""
        return descent.threshold(float(self.curvatures[-1]))

    @property
    def steepest(self) -> Tensor:
        """The minimum as seen from W = 0 along the steepest direction, one number for each of the ten outputs."""
        return self.pull @ self.directions[:, -1] / self.curvatures[-1]

    def losses(self, learning_rate: float, steps: int) -> list[float]:
        """The exact loss before each step of a training from W = 0."""
        real = self.curvatures > 1e-12 * self.curvatures[-1]  # pixels that never change have no curvature
        curved = self.curvatures[real]
        squares = (self.pull @ self.directions[:, real]).square().sum(0) / curved.square()
        minimum = self.start - float(curved @ squares) / 2
        return descent.quadratic_losses(minimum, curved.tolist(), squares.tolist(), learning_rate, steps)


def bowl(inputs: Tensor, labels: Tensor) -> Bowl:
    """The bowl of a linear layer on these inputs [N, D]."""
    x, t = pad(inputs, (0, 1), value=1.0), targets(labels)
    hessian = x.T @ x / len(x)
    return Bowl(hessian, t.T @ x / len(x), 0.5, *torch.linalg.eigh(hessian))


def descend(bowl: Bowl, learning_rate: float, steps: int) -> Iterator[float]:
    """The loss before each step of a training from W = 0, whose gradient W hessian - pull is that over all digits."""
    weights = torch.zeros_like(bowl.pull)
    for _ in range(steps):
        gradient = weights @ bowl.hessian - bowl.pull
        yield bowl.start + float((weights * (gradient - bowl.pull)).sum()) / 2
        weights = weights - learning_rate * gradient


# Where does training diverge? Predicted, then searched for without a glance at the prediction.


class Bracket(NamedTuple):
    """A learning rate at which the loss fell in every step, and one hardly larger at which it did not."""

    falls: float
    rises: float

    @property
    def middle(self) -> float:
        return math.sqrt(self.falls * self.rises)


def bracket(bowl: Bowl) -> Bracket:
    """Halve the range of learning rates between falling and rising losses, one training a time."""
    falls, rises = FROM, TO
    while rises / falls > NARROW:
        middle = math.sqrt(falls * rises)
        falls, rises = (falls, middle) if _rises(bowl, middle) else (middle, rises)
    return Bracket(falls, rises)


def _rises(bowl: Bowl, learning_rate: float) -> bool:
    """Whether any step leads up. On a quadratic the loss is convex in time: what has risen once never falls again."""
    before = math.inf
    for loss in descend(bowl, learning_rate, LONG):
        if not loss <= before:
            return True
        before = loss
    return False


class Threshold(NamedTuple):
    """The learning rate at which training diverges, for one kind of input."""

    kind: str
    bowl: Bowl
    found: Bracket

    def claim(self, digits: int) -> Claim:
        """The middle of the bracket against 2 / lambda; half a percent is twice the width of the bracket."""
        name = f"lr from which training diverges, {self.kind} pixels, {digits:,} digits"
        return Claim(name, SOURCE, self.bowl.threshold, self.found.middle, 0.005)


class Reached(NamedTuple):
    """The loss after a few steps with one learning rate."""

    learning_rate: float
    predicted: float
    measured: float


def thresholds(images: Tensor, labels: Tensor, track: Track = untracked) -> list[Threshold]:
    """Predict and search, for each kind of input."""
    found = []
    for kind in track(INPUTS, "searching where training diverges", len(INPUTS)):
        known = bowl(pixels(images, kind), labels)
        found.append(Threshold(kind, known, bracket(known)))
    return found


def reached(bowl: Bowl, steps: int, count: int = 25) -> list[Reached]:
    """The loss after `steps` steps for learning rates from 1 % of the threshold to a little above it."""
    rates = [bowl.threshold * multiple for multiple in torch.logspace(-2, 0.05, count, dtype=torch.float64).tolist()]
    return [Reached(rate, bowl.losses(rate, steps + 1)[-1], [*descend(bowl, rate, steps + 1)][-1]) for rate in rates]


# Four learning rates, in units of the predicted threshold: what an ordinary training on the digits makes of them.


@dataclass(frozen=True)
class Rung:
    """A linear layer trained with one learning rate; every list has one number a step, taken before it.

    `predicted` and `measured` are losses; `swing` is the distance to the minimum along the steepest direction, in
    units of the first, and `exact_swing` what it must be.
    """

    learning_rate: float
    model: nn.Linear
    predicted: Sequence[float]
    exact_swing: Sequence[float]
    measured: list[float] = field(default_factory=list)
    swing: list[float] = field(default_factory=list)


def climb(
    bowl: Bowl, inputs: Tensor, labels: Tensor, ladder: Sequence[float], steps: int, track: Track = untracked
) -> list[Rung]:
    """Predict the course of each rung, then train all of them by autograd on all digits at every step."""
    rungs = [_rung(bowl, multiple * bowl.threshold, steps) for multiple in ladder]
    models, rates = [rung.model for rung in rungs], [rung.learning_rate for rung in rungs]
    training = ensembles.train(models, repeat((inputs, targets(labels)), steps), half_square, rates)
    before = [_distance(bowl, model) for model in models]
    for _, losses in track(training, "climbing the ladder", steps):
        for rung, loss, distance in zip(rungs, losses.tolist(), before, strict=True):
            rung.measured.append(loss)
            rung.swing.append(distance)
        before = [_distance(bowl, model) for model in models]
    return rungs


def curves_claim(rungs: Sequence[Rung], digits: int) -> Bound:
    """The largest relative error of any loss of any rung, where float64 can hold both."""
    pairs = [pair for rung in rungs for pair in zip(rung.measured, rung.predicted, strict=True)]
    worst = max(abs(ours / exact - 1) for ours, exact in pairs if math.isfinite(ours) and math.isfinite(exact))
    name = f"relative error of {len(rungs)} loss curves at worst, {len(rungs[0].measured)} steps, {digits:,} digits"
    return Bound(name, "exact formula, LeCun et al. 1998", worst, high=1e-6)


def _rung(bowl: Bowl, learning_rate: float, steps: int) -> Rung:
    model = nn.Linear(len(bowl.hessian) - 1, 10, dtype=torch.float64, device="meta").to_empty(
        device=bowl.hessian.device
    )
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    swing = descent.distances(learning_rate, float(bowl.curvatures[-1]), steps)
    return Rung(learning_rate, model, bowl.losses(learning_rate, steps), swing)


def _distance(bowl: Bowl, model: nn.Linear) -> float:
    """How far the weights still are from the minimum, along the steepest direction: 1 at W = 0."""
    weights = torch.cat([model.weight, model.bias.unsqueeze(1)], dim=1).detach()
    goal = bowl.steepest
    return 1 - float((weights @ bowl.directions[:, -1]).dot(goal) / goal.dot(goal))

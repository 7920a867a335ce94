"""A linear layer trains on the digits with several learning rates, in units of the threshold from `quadratic`.

The loss of every step, and the way along the steepest direction, are known before training.

LeCun, Bottou, Orr & Mueller 1998, "Efficient BackProp", in Neural Networks: Tricks of the Trade, LNCS 1524.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import repeat

import torch
from torch import Tensor, nn

from torchdemos.lab import ensembles
from torchdemos.lab.claims import Bound
from torchdemos.lab.experiments.quadratic import Bowl, half_square, targets
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.theory import descent


@dataclass(frozen=True)
class Rung:
    """A linear layer trained with one learning rate; every list holds one number for each step, taken before it.

    `predicted` and `measured` are losses. `distance` is the distance to the minimum along the steepest direction, in
    units of the first one, and `exact_distance` is what theory says of it.
    """

    learning_rate: float
    model: nn.Linear
    predicted: Sequence[float]
    exact_distance: Sequence[float]
    measured: list[float] = field(default_factory=list)
    distance: list[float] = field(default_factory=list)


def train(
    bowl: Bowl, inputs: Tensor, labels: Tensor, ladder: Sequence[float], steps: int, progress: Progress = no_progress
) -> list[Rung]:
    """Predict each rung, then train all of them by autograd, on all digits in every step."""
    rungs = [_rung(bowl, multiple * bowl.threshold, steps) for multiple in ladder]
    models, rates = [rung.model for rung in rungs], [rung.learning_rate for rung in rungs]
    training = ensembles.train(models, repeat((inputs, targets(labels)), steps), half_square, rates)
    before = [_distance(bowl, model) for model in models]
    for _, losses in progress(training, "climbing the ladder", steps):
        for rung, loss, distance in zip(rungs, losses.tolist(), before, strict=True):
            rung.measured.append(loss)
            rung.distance.append(distance)
        before = [_distance(bowl, model) for model in models]
    return rungs


def curves_claim(rungs: Sequence[Rung], digits: int) -> Bound:
    """Claim the largest relative error of any loss of any rung, among losses that float64 can hold."""
    pairs = [pair for rung in rungs for pair in zip(rung.measured, rung.predicted, strict=True)]
    worst = max(abs(found / exact - 1) for found, exact in pairs if math.isfinite(found) and math.isfinite(exact))
    name = f"relative error of {len(rungs)} loss curves at worst, {len(rungs[0].measured)} steps, {digits:,} digits"
    return Bound(name, "exact formula, LeCun et al. 1998", worst, high=1e-6)


def _rung(bowl: Bowl, learning_rate: float, steps: int) -> Rung:
    model = nn.Linear(len(bowl.hessian) - 1, 10, dtype=torch.float64, device="meta").to_empty(
        device=bowl.hessian.device
    )
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    exact_distance = descent.distances(learning_rate, float(bowl.curvatures[-1]), steps)
    return Rung(learning_rate, model, bowl.losses(learning_rate, steps), exact_distance)


def _distance(bowl: Bowl, model: nn.Linear) -> float:
    """The distance of the weights from the minimum along the steepest direction; it is 1 at W = 0."""
    weights = torch.cat([model.weight, model.bias.unsqueeze(1)], dim=1).detach()
    minimum = bowl.steepest_minimum
    return 1 - float((weights @ bowl.directions[:, -1]).dot(minimum) / minimum.dot(minimum))

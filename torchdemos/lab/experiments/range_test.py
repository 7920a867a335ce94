"""The learning rate range test: let the learning rate grow in every step, and find where the loss stops falling.

The experiment also measures 2 / sharpness, the learning rate from which steps overshoot. The network becomes flatter
as the learning rate grows, until it cannot keep up.

Smith 2017, "Cyclical Learning Rates for Training Neural Networks", WACV, arXiv:1506.01186; here every step takes all
digits. To second order, no step leads up below 2 / sharpness in any network. The other claim, that the lowest loss
comes before 4 / sharpness, is no law: it holds in the solvable model of the catapult and in this tanh network with
Xavier's start, but two of four ReLU networks with He's start were lowest at 4.5 to 4.8 / sharpness.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise, repeat

import torch
from torch import Tensor, nn

from torchdemos import pictures
from torchdemos.lab import inits, models
from torchdemos.lab.claims import Bound
from torchdemos.lab.data import standardize
from torchdemos.lab.experiments.quadratic import half_square, targets
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.sharpness import sharpness
from torchdemos.lab.theory import descent
from torchdemos.lab.training import train

STEPS = 300
LOWEST_RATE, HIGHEST_RATE = 1e-3, 1.0  # far too small at the first step, far too large at the last
LOOK_EVERY = 3  # steps from one look at the sharpness to the next
LOSS_FIGURE = Figure(
    "7_range_test",
    title="The range test",
    caption="how to find a learning rate",
    about="Loss while the learning rate grows in every step. It falls on past 2 / sharpness as it was at the "
    "start, because the network flattens; from the lowest point on it turns up for good.",
)
LIMIT_FIGURE = Figure(
    "8_range_test_limit",
    title="The limit of the range test",
    caption="2/sharpness follows the learning rate",
    about="2 / sharpness while the learning rate grows. The line is where both are equal: once the sweep has "
    "met it, the network flattens and stays near it, until it cannot follow.",
)
GROUP = "range_test"
ABOUT = {
    f"{GROUP}/loss": "Loss while the learning rate grows in every step.",
    f"{GROUP}/learning_rate_over_limit": "Learning rate in units of 2 / sharpness, measured on the way. Below 1 a "
    "step leads down; above 2 the solvable model of the catapult has no way back.",
}


@dataclass
class Sweep:
    """A training with a growing learning rate: rate and loss before each step, and the sharpness at each look."""

    rates: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    sharpness: dict[int, float] = field(default_factory=dict)

    def limit(self, step: int) -> float:
        """2 / sharpness at the latest look; inf if the loss has no curvature that a step could overshoot."""
        latest = self.sharpness[max(look for look in self.sharpness if look <= step)]
        return latest if math.isnan(latest) else descent.threshold(max(latest, 0.0))

    def over_limit(self, step: int) -> float:
        """The learning rate of a step in units of the limit."""
        return self.rates[step] / self.limit(step)

    @property
    def first_rise(self) -> int:
        """The first step that leads up; the last step if none does."""
        pairs = enumerate(pairwise(self.losses))
        return next((step for step, (before, after) in pairs if not after <= before), len(self.losses) - 1)

    @property
    def lowest(self) -> int:
        """The step with the lowest loss, from which the loss turns up for good."""
        return min(range(len(self.losses)), key=lambda step: (math.isnan(self.losses[step]), self.losses[step]))


def network(seed: int, device: torch.device) -> nn.Sequential:
    """784-100-100-10 with tanh, from Xavier's start."""
    with torch.device("meta"):
        model = models.deep_mlp(2, 100, "tanh")
    inits.gaussian(model.to_empty(device="cpu"), 1.0, 0.0, torch.Generator().manual_seed(seed))
    return model.to(device)


def run(images: Tensor, labels: Tensor, seed: int, progress: Progress = no_progress) -> Result:
    """Sweep the learning rate once over an untrained network."""
    sweep = train_sweep(network(seed, images.device), standardize(images), targets(labels).to(images.dtype), progress)
    curves = {
        f"{GROUP}/loss": dict(enumerate(sweep.losses)),
        f"{GROUP}/learning_rate_over_limit": {step: sweep.over_limit(step) for step in sweep.sharpness},
    }
    return Result(claims(sweep), {LOSS_FIGURE: draw_loss(sweep), LIMIT_FIGURE: draw_limit(sweep)}, curves, ABOUT)


def train_sweep(model: nn.Module, inputs: Tensor, one_hot: Tensor, progress: Progress = no_progress) -> Sweep:
    """Train by gradient descent with a learning rate that grows by the same factor in every step."""
    sweep, vector = Sweep(), None
    optimizer = torch.optim.SGD(model.parameters(), lr=LOWEST_RATE)
    training = train(model, repeat((inputs, one_hot)), half_square, optimizer)
    for step in progress(range(STEPS), "range test of the learning rate", STEPS):
        if step % LOOK_EVERY == 0:
            found = sharpness(half_square(model(inputs), one_hot), model.parameters(), vector)
            sweep.sharpness[step], vector = found.value, found.vector
        sweep.rates.append(LOWEST_RATE * (HIGHEST_RATE / LOWEST_RATE) ** (step / (STEPS - 1)))
        optimizer.param_groups[0]["lr"] = sweep.rates[-1]
        sweep.losses.append(float(next(training)[1]))
    return sweep


def claims(sweep: Sweep) -> list[Bound]:
    """Claim that no step leads up below 2 / sharpness, and that the loss is lowest between 2 and 4 / sharpness."""
    edge, end = 1.0, descent.catapult_threshold(1.0) / descent.threshold(1.0)
    rise, lowest = sweep.over_limit(sweep.first_rise), sweep.over_limit(sweep.lowest)
    return [
        Bound("range test: lr / (2/sharpness) at the first step up", "2/lambda, LeCun et al. 1998", rise, low=edge),
        Bound("range test: lr / (2/sharpness) at the lowest loss", "catapult: 2 to 4/sharpness", lowest, edge, end),
    ]


def draw_loss(sweep: Sweep) -> Tensor:
    """Draw the loss by learning rate, and 2 / sharpness as measured at the start."""
    limits = 0.05, 5.0
    series: list[pictures.Series] = [
        ("loss", sweep.rates, sweep.losses, "dots"),
        ("2/sharpness at start", [sweep.limit(0)] * 2, limits, "wide"),
        ("lowest loss", [sweep.rates[sweep.lowest]] * 2, limits, "line"),
    ]
    return _chart(series, "loss while the lr grows", limits)


def draw_limit(sweep: Sweep) -> Tensor:
    """Draw 2 / sharpness by learning rate: it is flat, then follows the diagonal."""
    limits = LOWEST_RATE, HIGHEST_RATE
    rates = [sweep.rates[step] for step in sweep.sharpness]
    series: list[pictures.Series] = [
        ("lr = 2/sharpness", limits, limits, "wide"),
        ("2/sharpness, measured", rates, [sweep.limit(step) for step in sweep.sharpness], "dots"),
        ("lowest loss", [sweep.rates[sweep.lowest]] * 2, limits, "line"),
    ]
    return _chart(series, "2/sharpness follows the lr", limits)


def _chart(series: Sequence[pictures.Series], title: str, y_limits: tuple[float, float]) -> Tensor:
    return pictures.lines(
        series,
        title,
        "learning rate",
        x_limits=(LOWEST_RATE, HIGHEST_RATE),
        y_limits=y_limits,
        log_x=True,
        log_y=True,
    )

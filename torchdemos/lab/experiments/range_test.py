"""The learning rate range test: let the learning rate grow in every step, and watch where the loss stops falling.

Drawn beside it is 2 / sharpness, the learning rate from which steps overshoot, at the start and all along. The
network makes room: it becomes flatter as the learning rate grows, until it cannot keep up.

Smith 2017, "Cyclical Learning Rates for Training Neural Networks", WACV, arXiv:1506.01186; here with all digits in
every step. That no step leads up below 2 / sharpness holds for every network, to second order. That the lowest loss
comes before 4 / sharpness is carried over from the solvable model of the catapult to this tanh network with Xavier's
start, and is no law: of four ReLU networks with He's start two were lowest at 4.5 to 4.8 / sharpness.
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
from torchdemos.lab.evidence import Evidence, Picture, Track, untracked
from torchdemos.lab.experiments.quadratic import half_square, targets
from torchdemos.lab.sharpness import sharpness
from torchdemos.lab.theory import descent
from torchdemos.lab.training import train

STEPS = 300
FROM, TO = 1e-3, 1.0  # the learning rate of the first step, far too small, and of the last, far too large
EVERY = 3  # steps from one look at the sharpness to the next
GROUP = "2_range_test"
LOSS_PICTURE = "4_pictures/7_range_test"
LIMIT_PICTURE = "4_pictures/8_range_test_limit"
ABOUT = {
    LOSS_PICTURE: "Loss while the learning rate grows in every step. It falls on past 2 / sharpness as it was at the "
    "start, because the network flattens; from the lowest point on it turns up for good.",
    LIMIT_PICTURE: "2 / sharpness while the learning rate grows. The line is where both are equal: once the sweep has "
    "met it, the network flattens and stays near it, until it cannot follow.",
    f"{GROUP}/loss": "Loss while the learning rate grows in every step.",
    f"{GROUP}/learning_rate_over_limit": "Learning rate in units of 2 / sharpness, measured on the way. Below 1 a "
    "step leads down; above 2 the solvable model of the catapult has no way back.",
}


@dataclass
class Sweep:
    """What was seen: learning rate and loss before each step, and the sharpness at each look."""

    rates: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    sharpness: dict[int, float] = field(default_factory=dict)

    def limit(self, step: int) -> float:
        """2 / sharpness as seen last; inf where the loss has no curvature that a step could overshoot."""
        seen = self.sharpness[max(look for look in self.sharpness if look <= step)]
        return seen if math.isnan(seen) else descent.threshold(max(seen, 0.0))

    def over_limit(self, step: int) -> float:
        """The learning rate of a step in units of the limit."""
        return self.rates[step] / self.limit(step)

    @property
    def first_rise(self) -> int:
        """The first step that leads up; the last one of all if none does."""
        pairs = enumerate(pairwise(self.losses))
        return next((step for step, (before, after) in pairs if not after <= before), len(self.losses) - 1)

    @property
    def lowest(self) -> int:
        """The step with the lowest loss: from there on it turns up for good."""
        return min(range(len(self.losses)), key=lambda step: (math.isnan(self.losses[step]), self.losses[step]))


def network(seed: int, device: torch.device) -> nn.Sequential:
    """784-100-100-10, tanh, Xavier's start."""
    with torch.device("meta"):
        model = models.deep_mlp(2, 100, "tanh")
    inits.gaussian(model.to_empty(device="cpu"), 1.0, 0.0, torch.Generator().manual_seed(seed))
    return model.to(device)


def run(images: Tensor, labels: Tensor, seed: int, track: Track = untracked) -> Evidence:
    """Sweep the learning rate once over an untrained network."""
    seen = sweep(network(seed, images.device), standardize(images), targets(labels).to(images.dtype), track)
    drawn = {LOSS_PICTURE: loss_picture(seen), LIMIT_PICTURE: limit_picture(seen)}
    curves = {
        f"{GROUP}/loss": dict(enumerate(seen.losses)),
        f"{GROUP}/learning_rate_over_limit": {step: seen.over_limit(step) for step in seen.sharpness},
    }
    return Evidence(claims(seen), {tag: Picture(image, ABOUT[tag]) for tag, image in drawn.items()}, curves, ABOUT)


def sweep(model: nn.Module, inputs: Tensor, aims: Tensor, track: Track = untracked) -> Sweep:
    """Gradient descent whose learning rate grows by the same factor in every step."""
    seen, vector = Sweep(), None
    optimizer = torch.optim.SGD(model.parameters(), lr=FROM)
    training = train(model, repeat((inputs, aims)), half_square, optimizer)
    for step in track(range(STEPS), "range test of the learning rate", STEPS):
        if step % EVERY == 0:
            found = sharpness(half_square(model(inputs), aims), model.parameters(), vector)
            seen.sharpness[step], vector = found.value, found.vector
        seen.rates.append(FROM * (TO / FROM) ** (step / (STEPS - 1)))
        optimizer.param_groups[0]["lr"] = seen.rates[-1]
        seen.losses.append(float(next(training)[1]))
    return seen


def claims(seen: Sweep) -> list[Bound]:
    """No step leads up below 2 / sharpness, so the lowest loss lies beyond; past 4 / sharpness there is no way back."""
    edge, end = 1.0, descent.catapult_threshold(1.0) / descent.threshold(1.0)
    rise, lowest = seen.over_limit(seen.first_rise), seen.over_limit(seen.lowest)
    return [
        Bound("range test: lr / (2/sharpness) at the first step up", "2/lambda, LeCun et al. 1998", rise, low=edge),
        Bound("range test: lr / (2/sharpness) at the lowest loss", "catapult: 2 to 4/sharpness", lowest, edge, end),
    ]


def loss_picture(seen: Sweep) -> Tensor:
    """The loss by learning rate, with the limit known at the start."""
    limits = 0.05, 5.0
    series: list[pictures.Series] = [
        ("loss", seen.rates, seen.losses, "dots"),
        ("2/sharpness at start", [seen.limit(0)] * 2, limits, "wide"),
        ("lowest loss", [seen.rates[seen.lowest]] * 2, limits, "line"),
    ]
    return _chart(series, "loss while the lr grows", limits)


def limit_picture(seen: Sweep) -> Tensor:
    """2 / sharpness by learning rate: flat, then along the diagonal."""
    limits = FROM, TO
    rates = [seen.rates[step] for step in seen.sharpness]
    series: list[pictures.Series] = [
        ("lr = 2/sharpness", limits, limits, "wide"),
        ("2/sharpness, measured", rates, [seen.limit(step) for step in seen.sharpness], "dots"),
        ("lowest loss", [seen.rates[seen.lowest]] * 2, limits, "line"),
    ]
    return _chart(series, "2/sharpness follows the lr", limits)


def _chart(series: Sequence[pictures.Series], title: str, y_limits: tuple[float, float]) -> Tensor:
    return pictures.lines(
        series,
        title,
        "learning rate",
        x_limits=(FROM, TO),
        y_limits=y_limits,
        log_x=True,
        log_y=True,
    )

"""A network trained by full-batch gradient descent sharpens until 2 / learning rate, and stays at that edge.

The sharpness is the largest eigenvalue of the Hessian. Below the edge the loss falls in every step. At the edge the
sharpness hovers at 2 / learning rate, and the loss rises and falls from step to step and yet falls over many steps.

Cohen, Kaur, Li, Kolter & Talwalkar 2021, "Gradient Descent on Neural Networks Typically Occurs at the Edge of
Stability", ICLR, arXiv:2103.00065: their network of two hidden layers of 200 tanh neurons and their squared error,
on MNIST.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise, repeat

import torch
from torch import Tensor, nn

from torchdemos import pictures
from torchdemos.lab import models
from torchdemos.lab.claims import Bound
from torchdemos.lab.data import standardize
from torchdemos.lab.experiments.quadratic import half_square, targets
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Charts, Figure, Result
from torchdemos.lab.sharpness import sharpness
from torchdemos.lab.theory import descent
from torchdemos.lab.training import train

SOURCE = "Cohen et al. 2021"
CONTROL_SHARE = 0.4  # of the learning rate: too small to reach the edge in as many steps
LOOK_EVERY = 10  # steps from one look at the sharpness to the next
FIGURE = Figure(
    "4_edge_of_stability",
    title="The edge of stability",
    caption="sharpness that stays at 2/lr",
    about="Sharpness (largest curvature of the loss) in units of 2 / learning rate: it rises to the edge at 1 and "
    "hovers there. The loss is smooth until the edge is met, uneven after it, and falls all the same.",
)
CONTROL_FIGURE = Figure(
    "5_below_the_edge",
    title="Below the edge",
    caption="a smaller learning rate, whose loss only falls",
    about="The same network with a smaller learning rate: its edge is far above it, and the loss only falls.",
)
GROUP = "edge_of_stability"
CHARTS = Charts(
    "the edge of stability",
    {
        "sharpness and 2 / learning rate": [f"{GROUP}/sharpness", f"{GROUP}/edge"],
        "loss at the edge and below it": [f"{GROUP}/loss", f"{GROUP}/loss_control"],
    },
)
ABOUT = {
    f"{GROUP}/sharpness": "Largest eigenvalue of the loss's Hessian: how curved the loss is where training stands. "
    "Compare it with the edge: it rises up to it and stays there.",
    f"{GROUP}/edge": "2 / learning rate: at a larger sharpness a step overshoots so far that the loss rises.",
    f"{GROUP}/loss": "Half squared distance to the targets over all digits, with the learning rate that meets its "
    "edge: uneven from there on, and falling.",
    f"{GROUP}/loss_control": "The same with a smaller learning rate, whose edge is out of reach: it falls in every "
    "step.",
}


def network(seed: int, device: torch.device) -> nn.Sequential:
    """784-200-200-10 with tanh, from PyTorch's own start, uniform within 1 / sqrt(fan-in), drawn by a generator."""
    with torch.device("meta"):
        model = models.deep_mlp(2, 200, "tanh")
    generator = torch.Generator().manual_seed(seed)
    for layer in model.to_empty(device="cpu"):
        if isinstance(layer, nn.Linear):
            limit = 1 / math.sqrt(layer.in_features)
            for parameter in layer.parameters():
                nn.init.uniform_(parameter, -limit, limit, generator=generator)
    return model.to(device)


@dataclass
class Training:
    """A training: the loss before each step, and the sharpness at each look."""

    learning_rate: float
    losses: list[float] = field(default_factory=list)
    sharpness: dict[int, float] = field(default_factory=dict)

    @property
    def edge(self) -> float:
        """The sharpness above which a step overshoots: its threshold is this learning rate."""
        return descent.threshold(self.learning_rate)

    @property
    def crossing(self) -> int:
        """The first step with the sharpness at the edge; the number of steps if there is none."""
        return next((step for step, value in self.sharpness.items() if value >= self.edge), len(self.losses))

    def rises(self, start: int, end: int | None = None) -> list[bool]:
        """Whether the loss went up, for each step from `start` on."""
        return [not after <= before for before, after in pairwise(self.losses[start:end])]


def run(
    images: Tensor, labels: Tensor, learning_rate: float, steps: int, seed: int, progress: Progress = no_progress
) -> Result:
    """Train at a learning rate that will meet its edge, and at a smaller one as a control."""
    inputs, one_hot = standardize(images), targets(labels).to(images.dtype)
    trainings = []
    for rate in (learning_rate, CONTROL_SHARE * learning_rate):
        tracked = progress(range(steps), f"training at learning rate {rate:g}", steps)
        trainings.append(follow(network(seed, images.device), inputs, one_hot, rate, tracked))
    at_edge, control = trainings
    figures = {FIGURE: draw(at_edge, "meets its edge"), CONTROL_FIGURE: draw(control, "the control")}
    return Result(claims(at_edge, control, len(images)), figures, curves(at_edge, control), ABOUT)


def follow(model: nn.Module, inputs: Tensor, one_hot: Tensor, learning_rate: float, steps: Iterable[int]) -> Training:
    """Train by full-batch gradient descent, and measure the sharpness every few steps."""
    training, vector = Training(learning_rate), None
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    taken = train(model, repeat((inputs, one_hot)), half_square, optimizer)
    for step in steps:
        if step % LOOK_EVERY == 0:
            found = sharpness(half_square(model(inputs), one_hot), model.parameters(), vector)
            training.sharpness[step], vector = found.value, found.vector
        training.losses.append(float(next(taken)[1]))
    return training


def claims(at_edge: Training, control: Training, digits: int) -> list[Bound]:
    """Claim that the sharpness hovers at the edge, that the loss is uneven there, and that it only falls below it."""
    looks = torch.tensor(list(at_edge.sharpness.values())) / at_edge.edge
    late = float(looks[len(looks) // 2 :].quantile(0.5))
    rises = at_edge.rises(at_edge.crossing)
    share = sum(rises) / len(rises) if rises else math.nan
    fallen = at_edge.losses[-1] / at_edge.losses[0]
    rate = f"lr {at_edge.learning_rate:g}, {digits:,} digits"
    return [
        Bound(f"sharpness / (2/lr), median of the last half, {rate}", SOURCE, late, 0.95, 1.15),
        Bound(f"share of steps that lead up at the edge, {rate}", SOURCE, share, low=0.1),
        Bound(f"last loss / first loss, {rate}", SOURCE, fallen, high=0.3),
        Bound(
            f"steps that lead up below the edge, lr {control.learning_rate:g}, {digits:,} digits",
            "a step below 2/sharpness leads down",
            sum(control.rises(0, control.crossing)),
            high=0,
        ),
    ]


def curves(at_edge: Training, control: Training) -> dict[str, dict[int, float]]:
    """The measured curves, and the edge beside them."""
    return {
        f"{GROUP}/sharpness": at_edge.sharpness,
        f"{GROUP}/edge": dict.fromkeys(at_edge.sharpness, at_edge.edge),
        f"{GROUP}/loss": dict(enumerate(at_edge.losses)),
        f"{GROUP}/loss_control": dict(enumerate(control.losses)),
    }


def draw(training: Training, what: str) -> Tensor:
    """Draw sharpness in units of the edge and loss in units of the first one, so that both share an axis."""
    steps = len(training.losses)
    sharpness = [value / training.edge for value in training.sharpness.values()]
    series: list[pictures.Series] = [
        ("edge, 2/lr", (0, steps), (1, 1), "wide"),
        ("sharpness", list(training.sharpness), sharpness, "dots"),
        ("loss / first", range(steps), [loss / training.losses[0] for loss in training.losses], "dots"),
    ]
    title, limits = f"learning rate {training.learning_rate:g}: {what}", (0.0, 1.5)
    return pictures.lines(series, title, "training step", y_limits=limits)

"""A network trained by full-batch gradient descent sharpens until 2 / learning rate, and stays at that edge.

Below the edge the loss falls in every step. At the edge it rises and falls from step to step and yet falls over many
steps, while the sharpness, the largest eigenvalue of the Hessian, hovers at 2 / learning rate.

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
from torchdemos.lab.evidence import Evidence, Picture, Track, untracked
from torchdemos.lab.experiments.quadratic import half_square, targets
from torchdemos.lab.sharpness import sharpness
from torchdemos.lab.theory import descent
from torchdemos.lab.training import train

SOURCE = "Cohen et al. 2021"
CONTROL = 0.4  # of the learning rate: too small to reach the edge in as many steps
EVERY = 10  # steps from one look at the sharpness to the next
GROUP = "2_edge_of_stability"
PICTURE = "4_pictures/4_edge_of_stability"
CONTROL_PICTURE = "4_pictures/5_below_the_edge"
ABOUT = (
    "Sharpness (largest curvature of the loss) in units of 2 / learning rate: it rises to the edge at 1 and hovers "
    "there. The loss is smooth until the edge is met, uneven after it, and falls all the same."
)
ABOUT_CONTROL = "The same network with a smaller learning rate: its edge is far above it, and the loss only falls."
SCALARS = {
    f"{GROUP}/sharpness": "Largest eigenvalue of the loss's Hessian: how curved the loss is where training stands. "
    "Compare it with the edge: it rises up to it and stays there.",
    f"{GROUP}/edge": "2 / learning rate: at a larger sharpness a step overshoots so far that the loss rises.",
    f"{GROUP}/loss": "Half squared distance to the targets over all digits, with the learning rate that meets its "
    "edge: uneven from there on, and falling.",
    f"{GROUP}/loss_control": "The same with a smaller learning rate, whose edge is out of reach: it falls in every "
    "step.",
}


def network(seed: int, device: torch.device) -> nn.Sequential:
    """784-200-200-10, tanh; PyTorch's own start, from a generator of its own: uniform within 1 / sqrt(fan-in)."""
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
class Course:
    """A training: the loss before each step, and the sharpness at each look."""

    learning_rate: float
    losses: list[float] = field(default_factory=list)
    sharpness: dict[int, float] = field(default_factory=dict)

    @property
    def edge(self) -> float:
        """The sharpness above which a step overshoots: that whose threshold is this learning rate."""
        return descent.threshold(self.learning_rate)

    @property
    def crossing(self) -> int:
        """The first step at which the sharpness was seen at the edge; all of them if there is none."""
        return next((step for step, seen in self.sharpness.items() if seen >= self.edge), len(self.losses))

    def rises(self, start: int, end: int | None = None) -> list[bool]:
        """For each step from `start` on, whether the loss went up."""
        return [not after <= before for before, after in pairwise(self.losses[start:end])]


def run(
    images: Tensor, labels: Tensor, learning_rate: float, steps: int, seed: int, track: Track = untracked
) -> Evidence:
    """Train at a learning rate that will meet its edge and, as a control, at a smaller one."""
    inputs, aims = standardize(images), targets(labels).to(images.dtype)
    courses = []
    for rate in (learning_rate, CONTROL * learning_rate):
        tracked = track(range(steps), f"training at learning rate {rate:g}", steps)
        courses.append(follow(network(seed, images.device), inputs, aims, rate, tracked))
    at_edge, control = courses
    return Evidence(
        claims(at_edge, control, len(images)),
        {
            PICTURE: Picture(picture(at_edge, "meets its edge"), ABOUT),
            CONTROL_PICTURE: Picture(picture(control, "the control"), ABOUT_CONTROL),
        },
        curves(at_edge, control),
        SCALARS,
    )


def follow(model: nn.Module, inputs: Tensor, aims: Tensor, learning_rate: float, steps: Iterable[int]) -> Course:
    """Full-batch gradient descent, with a look at the sharpness every few steps."""
    course, vector = Course(learning_rate), None
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    training = train(model, repeat((inputs, aims)), half_square, optimizer)
    for step in steps:
        if step % EVERY == 0:
            found = sharpness(half_square(model(inputs), aims), model.parameters(), vector)
            course.sharpness[step], vector = found.value, found.vector
        course.losses.append(float(next(training)[1]))
    return course


def claims(at_edge: Course, control: Course, digits: int) -> list[Bound]:
    """The edge, hovered at and not smoothly; and a loss that only falls below it."""
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


def curves(at_edge: Course, control: Course) -> dict[str, dict[int, float]]:
    """What was measured, and the edge beside it."""
    return {
        f"{GROUP}/sharpness": at_edge.sharpness,
        f"{GROUP}/edge": dict.fromkeys(at_edge.sharpness, at_edge.edge),
        f"{GROUP}/loss": dict(enumerate(at_edge.losses)),
        f"{GROUP}/loss_control": dict(enumerate(control.losses)),
    }


def picture(course: Course, what: str) -> Tensor:
    """The sharpness in units of the edge and the loss in units of the first one, so that both share an axis."""
    steps = len(course.losses)
    sharp = [seen / course.edge for seen in course.sharpness.values()]
    series: list[pictures.Series] = [
        ("edge, 2/lr", (0, steps), (1, 1), "wide"),
        ("sharpness", list(course.sharpness), sharp, "dots"),
        ("loss / first", range(steps), [loss / course.losses[0] for loss in course.losses], "dots"),
    ]
    title, limits = f"learning rate {course.learning_rate:g}: {what}", (0.0, 1.5)
    return pictures.lines(series, title, "training step", y_limits=limits)

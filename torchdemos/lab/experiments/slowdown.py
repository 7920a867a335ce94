"""The learning slowdown: the more wrong a sigmoid neuron is, the slower squared error teaches it.

One neuron, x = 1, target 0, two starts and two losses, as in M. A. Nielsen, "Neural Networks and Deep Learning",
Determination Press, 2015, chapter 3. The prediction is gradient flow solved in closed form; the measurement is
gradient descent with autograd.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from torchdemos import pictures
from torchdemos.lab import losses
from torchdemos.lab.claims import Claim
from torchdemos.lab.evidence import Evidence, Picture
from torchdemos.lab.theory import loss as theory

HALF = 0.5  # the output at which the neuron is no longer wrong
SHOWN = 300
SOURCE = "gradient flow of Nielsen 2015, ch. 3"
TAG, GROUP = "4_pictures/4_learning_slowdown", "2_slowdown_{}"
ABOUT = (
    "Output of one sigmoid neuron that should learn to answer 0. {}: gradient flow in closed form, known before the "
    "run. {}: gradient descent. With squared error the neuron that starts more wrong sits on a plateau first; with "
    "cross entropy, at the same learning rate, it does not."
)


@dataclass(frozen=True)
class Lesson:
    """A loss with its formulas, a start (weight, bias) and a learning rate."""

    name: str
    tag: str
    loss_fn: Callable[[Tensor, Tensor], Tensor]
    time: Callable[[float, float], float]
    slope: Callable[[float, float], float]
    start: tuple[float, float]
    lr: float

    @property
    def first(self) -> float:
        """The output before any training."""
        return theory.sigmoid(sum(self.start))


SQUARED = losses.neuron_squared_error, theory.squared_error_time, theory.squared_error_slope
CROSS = losses.neuron_cross_entropy, theory.cross_entropy_time, theory.cross_entropy_slope
LESSONS = (
    Lesson("squared error, 0.82", "squared_error_wrong", *SQUARED, (0.6, 0.9), 0.15),
    Lesson("squared error, 0.98", "squared_error_very_wrong", *SQUARED, (2.0, 2.0), 0.15),
    Lesson("cross entropy, 0.98", "cross_entropy_very_wrong", *CROSS, (2.0, 2.0), 0.15),
    Lesson("cross entropy, lr 0.005", "cross_entropy_small_steps", *CROSS, (2.0, 2.0), 0.005),
)


def run(lessons: Sequence[Lesson] = LESSONS) -> Evidence:
    """The output after each of 300 steps, and how many it takes to 1/2, for every lesson."""
    predicted = [[flow(lesson, step) for step in range(SHOWN + 1)] for lesson in lessons]
    measured = [list(islice(descent(lesson), SHOWN + 1)) for lesson in lessons]
    claims = [until_half(lesson) for lesson in lessons]
    claims += [last(lesson, outputs[-1]) for lesson, outputs in zip(lessons, measured, strict=True)]
    curves: dict[str, dict[int, float]] = {}
    about: dict[str, str] = {}
    for lesson, theirs, ours in zip(lessons, predicted, measured, strict=True):
        group = GROUP.format(lesson.tag)
        curves |= {f"{group}/predicted": dict(enumerate(theirs)), f"{group}/measured": dict(enumerate(ours))}
        about[group] = f"{lesson.name}, learning rate {lesson.lr:g}. " + ABOUT.format("predicted", "measured")
    picture = Picture(draw(lessons, predicted, measured), ABOUT.format("Bands", "Dots"))
    return Evidence(claims, {TAG: picture}, curves, about)


def flow(lesson: Lesson, steps: float) -> float:
    """Predicted: the output that gradient flow has reached in the time of so many steps."""
    return theory.output_after(steps * lesson.lr, lesson.first, lesson.time)


def descent(lesson: Lesson) -> Iterator[float]:
    """Measured: the output before training, and after each step of gradient descent, without end."""
    weight, bias = (torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in lesson.start)
    target = torch.zeros((), dtype=torch.float64)
    while True:
        logit = weight + bias
        yield float(logit.detach().sigmoid())
        slopes = torch.autograd.grad(lesson.loss_fn(logit, target), (weight, bias))
        with torch.no_grad():
            for parameter, slope in zip((weight, bias), slopes, strict=True):
                parameter -= lesson.lr * slope


def until_half(lesson: Lesson) -> Claim:
    """Steps until the output is 1/2 or less."""
    predicted = lesson.time(lesson.first, HALF) / lesson.lr
    outputs = islice(descent(lesson), math.ceil(2 * predicted) + 10)
    measured = next((step for step, output in enumerate(outputs) if output <= HALF), math.inf)
    return Claim(until_half_name(lesson), SOURCE, predicted, measured, slack(lesson, HALF), relative=False)


def until_half_name(lesson: Lesson) -> str:
    """What the claim is called."""
    return f"{lesson.name}: steps to 1/2"


def last(lesson: Lesson, measured: float) -> Claim:
    """The output after 300 steps."""
    predicted = flow(lesson, SHOWN)
    tolerance = flow(lesson, SHOWN - slack(lesson, predicted)) - predicted
    name = f"{lesson.name}: output after {SHOWN} steps"
    return Claim(name, SOURCE, predicted, measured, tolerance, relative=False)


def slack(lesson: Lesson, output: float) -> float:
    """By how many steps descent may differ from flow: its lead, known to first order, and one, for steps are whole."""
    speeds = (lesson.slope(theory.logit(a), 0.0) for a in (lesson.first, output))
    return 1 + abs(theory.descent_lead(*speeds))


def draw(lessons: Sequence[Lesson], predicted: Sequence[list[float]], measured: Sequence[list[float]]) -> Tensor:
    """Gradient flow as bands, gradient descent as a dot every ten steps."""
    series: list[pictures.Series] = []
    for lesson, theirs, ours in zip(lessons, predicted, measured, strict=True):
        series += [(lesson.name, range(SHOWN + 1), theirs, "wide")]
        series += [(lesson.name, range(0, SHOWN + 1, 10), ours[::10], "dots")]
    return pictures.lines(series, "output of one neuron that should say 0", "training step")

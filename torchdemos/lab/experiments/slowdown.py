"""The learning slowdown: the more wrong a sigmoid neuron is, the more slowly squared error teaches it.

One neuron has the input 1, the target 0, two starts and two losses, as in M. A. Nielsen, "Neural Networks and Deep
Learning", Determination Press, 2015, chapter 3. The prediction is gradient flow solved in closed form; the measurement
is gradient descent with autograd.
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
from torchdemos.lab.result import Charts, Figure, Result
from torchdemos.lab.theory import loss as theory

UNDECIDED = 0.5  # the output at which the neuron is no longer wrong
STEPS = 300
SOURCE = "gradient flow of Nielsen 2015, ch. 3"
ABOUT = (
    "Output of one sigmoid neuron that should learn to answer 0. {}: gradient flow in closed form, known before the "
    "run. {}: gradient descent. With squared error the neuron that starts more wrong sits on a plateau first; with "
    "cross entropy, at the same learning rate, it does not."
)
FIGURE = Figure(
    "4_learning_slowdown",
    title="Learning slowdown",
    caption="one neuron: the more wrong it is, the slower squared error teaches it",
    about=ABOUT.format("Bands", "Dots"),
)


@dataclass(frozen=True)
class Setup:
    """A loss with its formulas, a start (weight, bias) and a learning rate; `key` is its name among curves."""

    name: str
    key: str
    loss_fn: Callable[[Tensor, Tensor], Tensor]
    time: Callable[[float, float], float]
    slope: Callable[[float, float], float]
    start: tuple[float, float]
    lr: float

    @property
    def first(self) -> float:
        """The output before any training."""
        return theory.sigmoid(sum(self.start))

    @property
    def group(self) -> str:
        """The group of its curves."""
        return f"slowdown_{self.key}"


SQUARED = losses.neuron_squared_error, theory.squared_error_time, theory.squared_error_slope
CROSS = losses.neuron_cross_entropy, theory.cross_entropy_time, theory.cross_entropy_slope
SETUPS = (
    Setup("squared error, 0.82", "squared_error_wrong", *SQUARED, (0.6, 0.9), 0.15),
    Setup("squared error, 0.98", "squared_error_very_wrong", *SQUARED, (2.0, 2.0), 0.15),
    Setup("cross entropy, 0.98", "cross_entropy_very_wrong", *CROSS, (2.0, 2.0), 0.15),
    Setup("cross entropy, lr 0.005", "cross_entropy_small_steps", *CROSS, (2.0, 2.0), 0.005),
)
CHARTS = Charts(
    "learning slowdown of one neuron, its output by step",
    {setup.name: [f"{setup.group}/{source}" for source in ("measured", "predicted")] for setup in SETUPS},
)


def run(setups: Sequence[Setup] = SETUPS) -> Result:
    """Compare the output after each of 300 steps, and the number of steps to 1/2, for every setup."""
    predicted = [[flow(setup, step) for step in range(STEPS + 1)] for setup in setups]
    measured = [list(islice(descent(setup), STEPS + 1)) for setup in setups]
    claims = [until_half(setup) for setup in setups]
    claims += [last(setup, outputs[-1]) for setup, outputs in zip(setups, measured, strict=True)]
    curves: dict[str, dict[int, float]] = {}
    about: dict[str, str] = {}
    for setup, theory_outputs, outputs in zip(setups, predicted, measured, strict=True):
        curves[f"{setup.group}/predicted"] = dict(enumerate(theory_outputs))
        curves[f"{setup.group}/measured"] = dict(enumerate(outputs))
        about[setup.group] = f"{setup.name}, learning rate {setup.lr:g}. " + ABOUT.format("predicted", "measured")
    return Result(claims, {FIGURE: draw(setups, predicted, measured)}, curves, about)


def flow(setup: Setup, steps: float) -> float:
    """Predict the output that gradient flow reaches in the time of so many steps."""
    return theory.output_after(steps * setup.lr, setup.first, setup.time)


def descent(setup: Setup) -> Iterator[float]:
    """Measure the output before training and after each step of gradient descent, without end."""
    weight, bias = (torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in setup.start)
    target = torch.zeros((), dtype=torch.float64)
    while True:
        logit = weight + bias
        yield float(logit.detach().sigmoid())
        slopes = torch.autograd.grad(setup.loss_fn(logit, target), (weight, bias))
        with torch.no_grad():
            for parameter, slope in zip((weight, bias), slopes, strict=True):
                parameter -= setup.lr * slope


def until_half(setup: Setup) -> Claim:
    """Claim the number of steps until the output is 1/2 or less."""
    predicted = setup.time(setup.first, UNDECIDED) / setup.lr
    outputs = islice(descent(setup), math.ceil(2 * predicted) + 10)
    measured = next((step for step, output in enumerate(outputs) if output <= UNDECIDED), math.inf)
    return Claim(until_half_name(setup), SOURCE, predicted, measured, slack(setup, UNDECIDED), relative=False)


def until_half_name(setup: Setup) -> str:
    """The name of that claim."""
    return f"{setup.name}: steps to 1/2"


def last(setup: Setup, measured: float) -> Claim:
    """Claim the output after 300 steps."""
    predicted = flow(setup, STEPS)
    tolerance = flow(setup, STEPS - slack(setup, predicted)) - predicted
    name = f"{setup.name}: output after {STEPS} steps"
    return Claim(name, SOURCE, predicted, measured, tolerance, relative=False)


def slack(setup: Setup, output: float) -> float:
    """The steps by which descent may differ from flow: its lead to first order, and one because steps are whole."""
    speeds = (setup.slope(theory.logit(a), 0.0) for a in (setup.first, output))
    return 1 + abs(theory.descent_lead(*speeds))


def draw(setups: Sequence[Setup], predicted: Sequence[list[float]], measured: Sequence[list[float]]) -> Tensor:
    """Draw gradient flow as bands, and gradient descent as a dot every ten steps."""
    series: list[pictures.Series] = []
    for setup, theory_outputs, outputs in zip(setups, predicted, measured, strict=True):
        series += [(setup.name, range(STEPS + 1), theory_outputs, "wide")]
        series += [(setup.name, range(0, STEPS + 1, 10), outputs[::10], "dots")]
    return pictures.lines(series, "output of one neuron that should say 0", "training step")

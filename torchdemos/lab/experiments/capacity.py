"""How many random labels one neuron can give: two for each of its inputs, half of the time.

T. M. Cover, "Geometrical and statistical properties of systems of linear inequalities with applications in pattern
recognition", IEEE Transactions on Electronic Computers EC-14, 1965. Here the points are digits whose 784 pixels a
random matrix mixes into N inputs, the labels are coins, and a linear program decides whether any weights will do.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linprog
from torch import Tensor

from torchdemos import pictures
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Charts, Figure, Result
from torchdemos.lab.theory.neuron import separability

Array: TypeAlias = NDArray[np.float64]

SIZES = (20, 50)  # inputs of the neuron
RATIOS = (1.0, 1.7, 2.0, 2.3)  # points for each input: all labellings are possible, most are, half are, few are
SOURCE = "Cover 1965"
MAX_STANDARD_ERRORS = 3  # of a binomial share
MIN_MARGIN = 1e-6  # a linear program keeps its constraints to within 1e-7
FIGURE = Figure(
    "6_capacity",
    title="What one neuron can learn",
    caption="two random labels for each of its inputs",
    about="The share of random labellings that some weights of one neuron give. Band: Cover's formula. Dots: {} linear "
    f"programs each. Upright bars: what chance allows, {MAX_STANDARD_ERRORS} standard errors. One half at two labels "
    "an input; the more inputs, the steeper the fall.",
)
GROUP = "capacity_{}_inputs"
CHARTS = Charts(
    "random labels that one neuron can give",
    {
        f"{size} inputs; the axis is the number of labels": [
            f"{GROUP.format(size)}/{source}" for source in ("measured", "predicted")
        ]
        for size in SIZES
    },
)


class Dot(NamedTuple):
    """The share of random labellings of `points` points that one neuron of `inputs` inputs can give."""

    inputs: int
    points: int
    predicted: float
    allowed: float
    measured: float


def run(
    images: Tensor,
    trials: int = 60,
    seed: int = 0,
    sizes: Sequence[int] = SIZES,
    ratios: Sequence[float] = RATIOS,
    progress: Progress = no_progress,
) -> Result:
    """Predict and measure the share for each size of the neuron and each number of points."""
    generator = torch.Generator().manual_seed(seed)
    mixed = {size: mix(images, size, generator) for size in sizes}
    settings = [(size, round(ratio * size)) for size in sizes for ratio in ratios]
    dots = []
    for size, points in progress(settings, "asking linear programs", len(settings)):
        predicted = separability(points, size)
        allowed = MAX_STANDARD_ERRORS * math.sqrt(predicted * (1 - predicted) / trials)
        measured = share_separable(mixed[size], points, trials, generator)
        dots.append(Dot(size, points, predicted, allowed, measured))
    figure = replace(FIGURE, about=FIGURE.about.format(trials))
    return Result(check(dots), {figure: draw(dots)}, curves(dots), meaning(sizes))


# Measure: is there a neuron that gives these points these labels?


def mix(images: Tensor, inputs: int, generator: torch.Generator) -> Tensor:
    """Turn each image [784] into a point [inputs] in general position: fixed random mixtures of its pixels."""
    matrix = torch.randn(images[0].numel(), inputs, generator=generator, dtype=torch.float64)
    return images.flatten(1).cpu().double() @ matrix


def share_separable(mixed: Tensor, points: int, trials: int, generator: torch.Generator) -> float:
    """The share of `trials` draws of points and coin-flip labels that one neuron can give."""
    possible = 0
    for _ in range(trials):
        chosen = torch.randperm(len(mixed), generator=generator)[:points]
        labels = 2 * torch.randint(2, (points, 1), generator=generator) - 1
        possible += separable((labels * mixed[chosen]).numpy())
    return possible / trials


def separable(signed: Array) -> bool:
    """Whether weights w with w.x > 0 for every row x exist: some w in [-1, 1]^N then leaves a margin above 0.

    A row is a point times its label +-1. The lengths of rows and of w do not matter.
    """
    points, inputs = signed.shape
    rows = signed / np.linalg.norm(signed, axis=1, keepdims=True)
    solved = linprog(
        c=[0.0] * inputs + [-1.0],  # maximise the margin over all w and margins
        A_ub=np.hstack([-rows, np.ones((points, 1))]),  # margin - w.x <= 0
        b_ub=np.zeros(points),
        bounds=[(-1, 1)] * inputs + [(0, 1)],
    )
    return bool(solved.x[-1] > MIN_MARGIN)


# Compare with the curve.


def check(dots: Sequence[Dot]) -> list[Claim | Bound]:
    """Half of the labellings are possible at two points an input, and every dot lies near the curve."""
    halves = [dot for dot in dots if dot.points == 2 * dot.inputs]
    claims: list[Claim | Bound] = [
        Claim(
            f"{d.points} labels for {d.inputs} inputs: share that one neuron can learn",
            SOURCE,
            d.predicted,
            d.measured,
            d.allowed,
            False,
        )
        for d in halves
    ]
    farthest = max(_standard_errors(dot) for dot in dots)
    name = f"farthest of {len(dots)} dots from Cover's law, in standard errors"
    return [*claims, Bound(name, SOURCE, farthest, high=MAX_STANDARD_ERRORS)]


def _standard_errors(dot: Dot) -> float:
    """The distance of a dot from the curve; any distance is too far where the curve is certain."""
    distance = abs(dot.measured - dot.predicted)
    return MAX_STANDARD_ERRORS * distance / dot.allowed if dot.allowed else math.inf if distance else 0.0


def draw(dots: Sequence[Dot]) -> Tensor:
    """Draw Cover's curve for each size, the measured dots, and a bar at each for what chance allows."""
    series: list[pictures.Series] = []
    for size in dict.fromkeys(dot.inputs for dot in dots):
        own, name, points = (
            [dot for dot in dots if dot.inputs == size],
            f"{size} inputs",
            range(size // 2, 3 * size + 1),
        )
        ratios = [dot.points / size for dot in own]
        series.append((name, [p / size for p in points], [separability(p, size) for p in points], "wide"))
        for ratio, dot in zip(ratios, own, strict=True):
            ends = [dot.predicted - dot.allowed, dot.predicted + dot.allowed]
            series.append((name, [ratio, ratio], ends, "line"))
        series.append((name, ratios, [dot.measured for dot in own], "dots"))
    title, x_label = "random labels that one neuron can give", "labels for each input of the neuron"
    y_label = "share possible; band: theory, dots: measured"
    return pictures.lines(series, title, x_label, y_label, y_limits=(-0.05, 1.1))


def curves(dots: Sequence[Dot]) -> dict[str, dict[int, float]]:
    """The same numbers as curves over the number of points."""
    found: dict[str, dict[int, float]] = {}
    for dot in dots:
        group = GROUP.format(dot.inputs)
        found.setdefault(f"{group}/predicted", {})[dot.points] = dot.predicted
        found.setdefault(f"{group}/measured", {})[dot.points] = dot.measured
    return found


def meaning(sizes: Sequence[int]) -> dict[str, str]:
    """What the curves of each size mean."""
    words = "Here the axis is the number of points with random labels: the share of labellings that one neuron of {} "
    words += "inputs can give, by Cover's formula and by linear programs. One half at twice as many points as inputs."
    return {GROUP.format(size): words.format(size) for size in sizes}

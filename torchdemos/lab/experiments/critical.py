"""From order to chaos: one backward pass measures the factor chi_1 of a layer, on both sides of criticality.

Schoenholz, Gilmer, Ganguli & Sohl-Dickstein, "Deep Information Propagation", ICLR 2017, arXiv:1611.01232: a wide tanh
network multiplies the squared norm of the gradient by chi_1 a layer, which follows from the variance of its weights
alone. Below 1 gradients vanish, above 1 they explode; near 1, at weight variance 1.76, they survive any depth.
"""

import math
from collections.abc import Sequence
from statistics import fmean

from torch import Tensor

from torchdemos import pictures
from torchdemos.lab.claims import Claim
from torchdemos.lab.experiments.gradient_factor import Start, gradient_norms, network
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory import mean_field

VARIANCES = (1.0, 1.3, 1.76, 2.5, 4.0)  # fan-in x Var(w)
BIAS_VARIANCE = 0.05
DEPTH, WIDTH = 40, 300
FIRST_LAYER, LAST_LAYER = 10, 34  # between them the lengths have settled, and the loss is far
SOURCE = "Schoenholz et al. 2017"
FIGURE = Figure(
    "9_chi_by_weight_variance",
    title="Between order and chaos",
    caption="the factor on the gradient, by the variance of the weights",
    about="By how much one layer multiplies the squared gradient norm of a 40-layer tanh network, against the variance "
    "of its weights: the band is mean-field theory, dots are one backward pass through each of several fresh networks, "
    "averaged. Below 1 the gradient vanishes, above 1 it explodes.",
)


def run(images: Tensor, labels: Tensor, networks: int = 5, seed: int = 0, progress: Progress = no_progress) -> Result:
    """Predict chi_1 at five weight variances, then measure it in `networks` fresh networks at each."""
    predicted = [chi(variance) for variance in VARIANCES]
    measured = [
        measure(variance, [seed + 1000 * place + number for number in range(networks)], images, labels)
        for place, variance in enumerate(progress(VARIANCES, "measuring chi_1", len(VARIANCES)))
    ]
    claims = [
        Claim(f"chi_1 (factor on the squared gradient) at weight variance {variance:g}", SOURCE, theory, found, 0.015)
        for variance, theory, found in zip(VARIANCES, predicted, measured, strict=True)
    ]
    return Result(claims, {FIGURE: draw(measured)})


def chi(variance: float) -> float:
    """chi_1 where the lengths have settled."""
    return mean_field.chi(mean_field.fixed_point("tanh", variance, BIAS_VARIANCE), "tanh", variance)


def measure(variance: float, seeds: Sequence[int], images: Tensor, labels: Tensor) -> float:
    """The geometric mean, over networks and layers, of the factor on the squared gradient norm."""
    start = Start("critical", "tanh", "tanh", variance, BIAS_VARIANCE, SOURCE)
    logs = []
    for seed in seeds:
        norms = gradient_norms(network(start, DEPTH, WIDTH, seed, images.device), images, labels)
        logs.append(2 * math.log(norms[FIRST_LAYER - 1] / norms[LAST_LAYER - 1]) / (LAST_LAYER - FIRST_LAYER))
    return math.exp(fmean(logs))


def draw(measured: Sequence[float]) -> Tensor:
    """Draw the measured dots on the curve that theory gives."""
    across = [0.8 + 0.1 * i for i in range(35)]
    series: list[pictures.Series] = [
        ("critical", [0.8, 4.2], [1.0, 1.0], "line"),
        ("mean-field theory", across, [chi(variance) for variance in across], "wide"),
        ("one backward pass", VARIANCES, measured, "dots"),
    ]
    title, x_label = "gradient^2 factor of a layer", "fan-in x variance of the weights"
    return pictures.lines(series, title, x_label, y_limits=(0.5, 1.5))

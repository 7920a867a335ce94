"""From order to chaos: what one backward pass says about the factor chi_1 of a layer, on both sides of criticality.

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
from torchdemos.lab.evidence import Evidence, Picture, Track, untracked
from torchdemos.lab.experiments.gradient_factor import Start, gradient_norms, network
from torchdemos.lab.theory import mean_field

VARIANCES = (1.0, 1.3, 1.76, 2.5, 4.0)  # fan-in x Var(w)
BIAS_VARIANCE = 0.05
DEPTH, WIDTH = 40, 300
FIRST, LAST = 10, 34  # layers between which the lengths have settled and the loss is far
SOURCE = "Schoenholz et al. 2017"
PICTURE = "4_pictures/9_chi_by_weight_variance"
ABOUT = (
    "By how much one layer multiplies the squared gradient norm of a 40-layer tanh network, against the variance of "
    "its weights: the band is mean-field theory, dots are one backward pass through each of several fresh networks, "
    "averaged. Below 1 the gradient vanishes, above 1 it explodes."
)


def run(images: Tensor, labels: Tensor, networks: int = 5, seed: int = 0, track: Track = untracked) -> Evidence:
    """Predict chi_1 at five weight variances, then measure each in `networks` fresh networks."""
    predicted = [chi(variance) for variance in VARIANCES]
    measured = [
        measure(variance, [seed + 1000 * place + number for number in range(networks)], images, labels)
        for place, variance in enumerate(track(VARIANCES, "measuring chi_1", len(VARIANCES)))
    ]
    claims = [
        Claim(f"chi_1 at weight variance {variance:g}", SOURCE, theirs, ours, 0.015)
        for variance, theirs, ours in zip(VARIANCES, predicted, measured, strict=True)
    ]
    return Evidence(claims, {PICTURE: Picture(draw(measured), ABOUT)})


def chi(variance: float) -> float:
    """chi_1 where the lengths have settled."""
    return mean_field.chi(mean_field.fixed_point("tanh", variance, BIAS_VARIANCE), "tanh", variance)


def measure(variance: float, seeds: Sequence[int], images: Tensor, labels: Tensor) -> float:
    """The geometric mean, over networks and layers, of the factor on the squared gradient norm."""
    start = Start("critical", "tanh", "tanh", variance, BIAS_VARIANCE, SOURCE)
    logs = []
    for seed in seeds:
        norms = gradient_norms(network(start, DEPTH, WIDTH, seed, images.device), images, labels)
        logs.append(2 * math.log(norms[FIRST - 1] / norms[LAST - 1]) / (LAST - FIRST))
    return math.exp(fmean(logs))


def draw(measured: Sequence[float]) -> Tensor:
    """Dots on a curve that was drawn without them."""
    across = [0.8 + 0.1 * i for i in range(35)]
    series: list[pictures.Series] = [
        ("critical", [0.8, 4.2], [1.0, 1.0], "line"),
        ("mean-field theory", across, [chi(variance) for variance in across], "wide"),
        ("one backward pass", VARIANCES, measured, "dots"),
    ]
    title, x_label = "gradient^2 factor of a layer", "fan-in x variance of the weights"
    return pictures.lines(series, title, x_label, y_limits=(0.5, 1.5))

"""Eight ways to start one network, before any training: what each does to the signal and to the gradient by depth.

A ReLU layer halves the mean square of what it is given, so fan-in x Var(w) = 2 keeps a signal alive and anything else
shrinks or grows it by the same factor in every layer. X. Glorot, Y. Bengio, "Understanding the difficulty of training
deep feedforward neural networks", AISTATS 2010; K. He and others, "Delving deep into rectifiers", ICCV 2015; A. Saxe
and others, ICLR 2014 (orthogonal); D. Mishkin, J. Matas, "All you need is a good init", ICLR 2016 (LSUV).
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos import hooks, pictures, stats
from torchdemos.lab import inits, models
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.evidence import Evidence, Picture, Track, untracked
from torchdemos.lab.theory import depth as depth_theory
from torchdemos.lab.theory.linear import relu_variance_ratio

ABOUT = {
    "zero": "all weights 0",
    "constant": "all weights 0.01",
    "small": "Gaussian, fan-in x variance 0.5",
    "large": "Gaussian, fan-in x variance 8",
    "xavier": "uniform, variance 2 / (fan-in + fan-out)",
    "he": "Gaussian, fan-in x variance 2",
    "orthogonal": "random orthogonal matrices x sqrt(2)",
    "lsuv": "orthogonal, then every layer divided by its std",
}
VARIANCES = {"small": 0.5, "large": 8.0, "xavier": 1.0, "he": 2.0}  # fan-in x Var(w), for layers of equal width
SOURCES = {"small": "He et al. 2015", "large": "He et al. 2015", "xavier": "He et al. 2015", "he": "He et al. 2015"}
PROBE = 256  # digits
DECADES = 8  # in a heatmap's colours: what is fainter by more is as dark as nothing
NETWORKS = 20  # over which a layer's variance is averaged
SIGNAL, SIGNAL_MAP = "4_pictures/2_signal_by_layer", "4_pictures/1_signal_layers_x_starts"
GRADIENT_MAP = "4_pictures/3_gradient_layers_x_starts"
WORDS = {
    SIGNAL_MAP: "log10 of the standard deviation of every layer's pre-activations before training, one row a start. "
    "Healthy is one colour from left to right, input to loss. No signal at all is the darkest colour: `<`.",
    SIGNAL: "The same as curves, relative to layer 1: bands are (fan-in x variance / 2)^((layer - 1) / 2), dots the "
    "typical network. Level is healthy: He's, the orthogonal and the LSUV start.",
    GRADIENT_MAP: "log10 of the gradient norm of every layer before training, one row a start. Healthy is one colour "
    "from left to right, input to loss; no gradient at all is the darkest colour: `<`.",
}


class Seen(NamedTuple):
    """By layer, from the input to the loss: std of the pre-activations, norm of the gradient with respect to them."""

    stds: list[float]
    norms: list[float]


def network(name: str, depth: int, width: int, seed: int, images: Tensor) -> nn.Sequential:
    """A ReLU network of `depth` hidden layers from one of the starts; LSUV measures itself on these images."""
    model = models.deep_mlp(depth, width, "relu").to(images.device)
    inits.INITS[name](model, images[:PROBE], torch.Generator().manual_seed(seed))
    return model


def run(
    names: Sequence[str], depth: int, width: int, images: Tensor, labels: Tensor, seed: int, track: Track = untracked
) -> Evidence:
    """Predict how the variance changes with depth, then look at every start, and at many networks of each Gaussian."""
    images, labels = images[:PROBE], labels[:PROBE]
    predicted = {name: log2_variance(depth, width, VARIANCES[name]) for name in names if name in VARIANCES}

    seen = {name: see(network(name, depth, width, seed, images), images, labels) for name in names}
    random = [name for name in names if name in TYPICAL]
    typical = {
        name: mean_log2(name, depth, width, seed, images, labels)
        for name in track(random, "measuring starts", len(random))
    }
    claims: list[Claim | Bound] = [
        variance_claim(name, depth, width, predicted[name], typical[name][-1]) for name in predicted
    ]
    if "lsuv" in seen:
        claims.append(lsuv_claim(seen["lsuv"]))
    drawn = {
        SIGNAL_MAP: heatmap({name: s.stds for name, s in seen.items()}, "log10 std of the signal"),
        SIGNAL: curves(typical, depth),
        GRADIENT_MAP: heatmap({name: s.norms for name, s in seen.items()}, "log10 gradient norm"),
    }
    return Evidence(claims, {tag: Picture(image, WORDS[tag]) for tag, image in drawn.items()})


# Predict: what depth does to the variance of a typical network.

TYPICAL = (*VARIANCES, "orthogonal", "lsuv")


def log2_variance(depth: int, width: int, weight_variance: float) -> float:
    """log2 of Var(z) in the last hidden layer over that in the first, for the typical network of finite width."""
    wide = (depth - 1) * math.log2(relu_variance_ratio(2, weight_variance))  # a sum: the product may overflow
    return wide + (depth_theory.log_normal(width, depth - 1).mean / math.log(2) if depth > 1 else 0.0)


def variance_claim(name: str, depth: int, width: int, predicted: float, measured: float) -> Claim:
    """Three standard errors of a mean over so many networks, each scattering log-normally (Hanin & Nica 2020)."""
    scatter = depth_theory.log_normal(width, max(depth - 1, 1)).variance
    tolerance = 3 * math.sqrt(scatter / NETWORKS) / math.log(2)
    return Claim(f"{name}: log2 of variance over {depth} layers", SOURCES[name], predicted, measured, tolerance, False)


def lsuv_claim(seen: Seen) -> Bound:
    """The variance of every layer's output is 1 within a tenth, on the digits that it was measured on."""
    worst = max(abs(std**2 - 1) for std in seen.stds)
    return Bound("lsuv: variance - 1 of the worst layer", "Mishkin & Matas 2016", worst, high=0.1)


# Measure.


def see(model: nn.Sequential, images: Tensor, labels: Tensor) -> Seen:
    """Signal and gradient of every linear layer, in float64: one forward and one backward pass."""
    model.double()
    with hooks.record(model, nn.Linear, stats.std, stats.norm) as tape:
        cross_entropy(model(images.double()), labels).backward()  # type: ignore[no-untyped-call]
    model.float()
    return Seen(*(torch.stack(list(kept.values())).tolist() for kept in (tape.outputs, tape.gradients)))


def mean_log2(name: str, depth: int, width: int, seed: int, images: Tensor, labels: Tensor) -> list[float]:
    """log2 of Var(z) of every hidden layer over that of the first, averaged over networks."""
    found = torch.zeros(depth, dtype=torch.float64)
    for number in range(NETWORKS):
        stds = see(network(name, depth, width, 1000 * (seed + 1) + number, images), images, labels).stds[:depth]
        logs = 2 * torch.tensor(stds, dtype=torch.float64).log2()
        found += (logs - logs[0]) / NETWORKS
    return found.tolist()


# Draw.


def heatmap(rows: Mapping[str, Sequence[float]], title: str) -> Tensor:
    """A row a start, a column a layer, in powers of ten; an exact 0 takes the darkest colour."""
    matrix = torch.tensor(list(rows.values()), dtype=torch.float64).log10()
    finite = matrix[matrix.isfinite()].tolist() or [0.0]
    high = math.ceil(max(finite))
    low = min(max(math.floor(min(finite)), high - DECADES), high - 1)
    layers = [*range(1, matrix.shape[1]), "out"]
    x_label = "layer, from input to loss"
    return pictures.heatmap(matrix, low, high, title, x_label, "", layers, list(rows), height=14 * len(rows))


def curves(typical: Mapping[str, Sequence[float]], depth: int) -> Tensor:
    """std by layer relative to layer 1: theory where there is one, and the typical network."""
    layers = torch.arange(1, depth + 1, dtype=torch.float64)
    series: list[pictures.Series] = []
    for name, logs in typical.items():
        if name in VARIANCES:
            band = relu_variance_ratio(2, VARIANCES[name]) ** ((layers - 1) / 2)
            series.append((name, layers, band, "wide"))
        series.append((name, layers, (torch.tensor(logs, dtype=torch.float64) / 2).exp2(), "dots"))
    title, x_label = "std of the signal / layer 1", "layer, from input to loss"
    return pictures.lines(series, title, x_label, log_y=True)

"""Eight ways to start one network: what each does to the signal and to the gradient by depth, before any training.

A ReLU layer halves the mean square of its inputs. So fan-in x Var(w) = 2 keeps a signal alive, and any other value
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
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory import depth as depth_theory
from torchdemos.lab.theory.linear import relu_variance_ratio
from torchdemos.log import colours

STARTS = {
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
AVERAGED_STARTS = (*VARIANCES, "orthogonal", "lsuv")
SOURCES = {"small": "He et al. 2015", "large": "He et al. 2015", "xavier": "He et al. 2015", "he": "He et al. 2015"}
PROBE_DIGITS = 256
MAX_DECADES = 8  # of a heatmap's colours: fainter values are as dark as nothing
NETWORKS = 20  # over which a layer's variance is averaged
SIGNAL_MAP_FIGURE = Figure(
    "1_signal_layers_x_starts",
    title="The signal by layer",
    caption="every start before training, in one colour range",
    about="log10 of the standard deviation of every layer's pre-activations before training, one row a start. "
    "Healthy is one colour from left to right, input to loss. No signal at all is the darkest colour: `<`.",
)
SIGNAL_FIGURE = Figure(
    "2_signal_by_layer",
    title="The signal and its law",
    caption="dots on the factor that theory gives each layer",
    about="The same as curves, relative to layer 1: bands are (fan-in x variance / 2)^((layer - 1) / 2), dots the "
    "typical network. Level is healthy: He's, the orthogonal and the LSUV start.",
)
GRADIENT_MAP_FIGURE = Figure(
    "3_gradient_layers_x_starts",
    title="The gradient by layer",
    caption="where it vanishes, and where it is exactly 0",
    about="log10 of the gradient norm of every layer before training, one row a start. Healthy is one colour "
    "from left to right, input to loss; no gradient at all is the darkest colour: `<`.",
)


class LayerScales(NamedTuple):
    """The std of the pre-activations and the norm of their gradient, by layer from the input to the loss."""

    stds: list[float]
    gradient_norms: list[float]


def network(name: str, depth: int, width: int, seed: int, images: Tensor) -> nn.Sequential:
    """A ReLU network of `depth` hidden layers from one of the starts; LSUV measures itself on these images."""
    model = models.deep_mlp(depth, width, "relu").to(images.device)
    inits.INITS[name](model, images[:PROBE_DIGITS], torch.Generator().manual_seed(seed))
    return model


def run(
    names: Sequence[str],
    depth: int,
    width: int,
    images: Tensor,
    labels: Tensor,
    seed: int,
    progress: Progress = no_progress,
) -> Result:
    """Predict how the variance changes with depth, then measure one network of every start, and many of random ones."""
    images, labels = images[:PROBE_DIGITS], labels[:PROBE_DIGITS]
    predicted = {name: log2_variance(depth, width, VARIANCES[name]) for name in names if name in VARIANCES}

    scales = measure_all(names, depth, width, images, labels, seed)
    random = [name for name in names if name in AVERAGED_STARTS]
    typical = {
        name: mean_log2(name, depth, width, seed, images) for name in progress(random, "measuring starts", len(random))
    }
    claims: list[Claim | Bound] = [
        variance_claim(name, depth, width, predicted[name], typical[name][-1]) for name in predicted
    ]
    if "lsuv" in scales:
        claims.append(lsuv_claim(scales["lsuv"]))
    stds = {name: by_layer.stds for name, by_layer in scales.items()}
    gradient_norms = {name: by_layer.gradient_norms for name, by_layer in scales.items()}
    figures = {
        SIGNAL_MAP_FIGURE: draw_heatmap(stds, "log10 std of the signal"),
        SIGNAL_FIGURE: draw_curves(typical, depth),
        GRADIENT_MAP_FIGURE: draw_heatmap(gradient_norms, "log10 gradient norm"),
    }
    return Result(claims, figures)


# Predict what depth does to the variance of a typical network.


def log2_variance(depth: int, width: int, weight_variance: float) -> float:
    """Predict log2 of Var(z) in the last hidden layer over Var(z) in the first, for a typical network."""
    wide = (depth - 1) * math.log2(relu_variance_ratio(2, weight_variance))  # a sum, because the product may overflow
    return wide + (depth_theory.log_normal(width, depth - 1).mean / math.log(2) if depth > 1 else 0.0)


def variance_claim(name: str, depth: int, width: int, predicted: float, measured: float) -> Claim:
    """Allow three standard errors of a mean over networks that scatter log-normally (Hanin & Nica 2020)."""
    scatter = depth_theory.log_normal(width, max(depth - 1, 1)).variance
    tolerance = 3 * math.sqrt(scatter / NETWORKS) / math.log(2)
    return Claim(f"{name}: log2 of variance over {depth} layers", SOURCES[name], predicted, measured, tolerance, False)


def lsuv_claim(scales: LayerScales) -> Bound:
    """Claim a variance of 1 within a tenth for every layer, on the digits that LSUV measured itself on."""
    worst = max(abs(std**2 - 1) for std in scales.stds)
    return Bound("lsuv: variance - 1 of the worst layer", "Mishkin & Matas 2016", worst, high=0.1)


# Measure.


def measure_all(
    names: Sequence[str], depth: int, width: int, images: Tensor, labels: Tensor, seed: int
) -> dict[str, LayerScales]:
    """Measure one network of every start on the first PROBE_DIGITS of these digits."""
    images, labels = images[:PROBE_DIGITS], labels[:PROBE_DIGITS]
    return {name: measure(network(name, depth, width, seed, images), images, labels) for name in names}


def measure(model: nn.Sequential, images: Tensor, labels: Tensor) -> LayerScales:
    """Measure signal and gradient of every linear layer by one forward and one backward pass in float64."""
    model.double()
    with hooks.record(model, nn.Linear, stats.std, stats.norm) as tape:
        cross_entropy(model(images.double()), labels).backward()  # type: ignore[no-untyped-call]
    model.float()
    return LayerScales(*(torch.stack(list(kept.values())).tolist() for kept in (tape.outputs, tape.gradients)))


@torch.no_grad()
def mean_log2(name: str, depth: int, width: int, seed: int, images: Tensor) -> list[float]:
    """Measure log2 of Var(z) of every hidden layer over that of the first, averaged over networks."""
    found = torch.zeros(depth, dtype=torch.float64)
    for number in range(NETWORKS):
        model = network(name, depth, width, 1000 * (seed + 1) + number, images).double()
        with hooks.record(model, nn.Linear, stats.std) as tape:
            model(images.double())
        logs = 2 * torch.stack(list(tape.outputs.values())[:depth]).log2().cpu()
        found += (logs - logs[0]) / NETWORKS
    return found.tolist()


# Draw.


def draw_heatmap(rows: Mapping[str, Sequence[float]], title: str) -> Tensor:
    """Draw powers of ten, a row for each start and a column for each layer; an exact 0 has the darkest colour."""
    matrix = torch.tensor(list(rows.values()), dtype=torch.float64).log10()
    finite = matrix[matrix.isfinite()].tolist() or [0.0]
    high = math.ceil(max(finite))
    low = min(max(math.floor(min(finite)), high - MAX_DECADES), high - 1)
    layers = [*range(1, matrix.shape[1]), "out"]
    x_label = "layer, from input to loss"
    return pictures.heatmap(matrix, low, high, title, x_label, "", layers, list(rows), height=14 * len(rows))


def draw_curves(typical: Mapping[str, Sequence[float]], depth: int) -> Tensor:
    """Draw the std by layer relative to layer 1, for the typical network and for theory where there is one."""
    layers = torch.arange(1, depth + 1, dtype=torch.float64)
    series: list[pictures.Series] = []
    for name, logs in typical.items():
        if name in VARIANCES:
            band = relu_variance_ratio(2, VARIANCES[name]) ** ((layers - 1) / 2)
            series.append((name, layers, band, "wide"))
        series.append((name, layers, (torch.tensor(logs, dtype=torch.float64) / 2).exp2(), "dots"))
    title, x_label = "std of the signal / layer 1", "layer, from input to loss"
    return pictures.lines(series, title, x_label, log_y=True, colours=colours.MEANINGS)

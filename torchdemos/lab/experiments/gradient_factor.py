"""What one layer does to the gradient before any training: mean-field theory against measurement."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos import hooks, stats
from torchdemos.lab import inits, models
from torchdemos.lab.claims import Claim
from torchdemos.lab.theory import mean_field

UNSETTLED_LAYERS = 3  # the activations of the first layers still depend on the scale of the pixels


@dataclass(frozen=True)
class Start:
    """How a network starts: W ~ N(0, weight_variance / fan_in), b ~ N(0, bias_variance)."""

    name: str
    about: str
    activation: str
    weight_variance: float
    bias_variance: float
    source: str


def network(start: Start, depth: int, width: int, seed: int, device: torch.device) -> nn.Sequential:
    """A fresh network of `depth` hidden layers; a generator of its own draws the weights."""
    model = models.deep_mlp(depth, width, start.activation)
    inits.gaussian(model, start.weight_variance, start.bias_variance, torch.Generator().manual_seed(seed))
    return model.to(device)


def claim(start: Start, depth: int, width: int, seeds: Sequence[int], images: Tensor, labels: Tensor) -> Claim:
    """Predict the factor of a layer on the gradient norm, then measure its mean over a network for each seed."""
    predicted = math.exp(_slope(predict(start, depth, images)))
    slopes = []
    for seed in seeds:
        model = network(start, depth, width, seed, images.device)
        slopes.append(_slope([math.log(norm) for norm in gradient_norms(model, images, labels)[:-1] if norm > 0]))
    measured = math.exp(sum(slopes) / len(slopes))
    tolerance = _tolerance(start.activation, width * max(depth - UNSETTLED_LAYERS, 1) * len(seeds))
    return Claim(f"factor per layer, {start.about}", start.source, predicted, measured, tolerance)


def predict(start: Start, depth: int, images: Tensor) -> list[float]:
    """Predict ln of the gradient norm in layers 1..depth, relative to the last, from the pixels' mean square alone."""
    mean_square = float(images.double().square().mean())
    return mean_field.gradient_profile(mean_square, depth, start.activation, start.weight_variance, start.bias_variance)


def predict_now(activation: str, norms: Sequence[float], width: int, mean_square: float) -> list[float]:
    """Predict like `predict`, for random weights that are as large as a network's weights are now.

    `norms` are the norms of fc1's weights, fc1's biases, fc2's weights and so on. The answer is empty if one of them
    is not finite.
    """
    if not all(map(math.isfinite, norms)):
        return []
    variances = [norm**2 / width for norm in norms]
    return mean_field.layered_gradient_profile(mean_square, activation, variances[::2], variances[1::2])


def gradient_norms(model: nn.Module, images: Tensor, labels: Tensor) -> list[float]:
    """|d loss / d z| of every linear layer, recorded by hooks in float64.

    In float32 an exploding network would magnify rounding errors as much as gradients, and a vanishing one would leave
    the range. The model stays in float64, and its weights stay frozen, because their gradients would take half the
    time.
    """
    model.double().requires_grad_(False)
    inputs = images.double().requires_grad_()
    with hooks.record(model, nn.Linear, stats.norm) as tape:
        cross_entropy(model(inputs), labels).backward()  # type: ignore[no-untyped-call]
    return torch.stack(list(tape.gradients.values())).tolist()


def _slope(logs: Sequence[float]) -> float:
    """The change of ln |gradient| in one layer towards the input, by least squares past the first few layers."""
    inner = torch.tensor(logs[min(UNSETTLED_LAYERS, len(logs) - 2) :], dtype=torch.float64)
    layer = torch.arange(len(inner), dtype=torch.float64)
    layer -= layer.mean()
    return -float(layer.dot(inner) / layer.dot(layer))


def _tolerance(activation: str, neurons: int) -> float:
    """How far a mean over so many neurons may be off: the published agreement, wider for a smaller experiment.

    It is 3 % for the sigmoid over 200 networks of width 30 and about 3 layers (Nielsen), and 1.5 % in the square for
    tanh over 5 networks of width 300 and 25 layers (Schoenholz et al.). For ReLU it is three standard errors of the
    log-normal spread of ln |gradient|^2, whose variance is 5 / width in each layer (Hanin & Nica 2020).
    """
    published = {"sigmoid": (0.03, 200 * 30 * 3), "tanh": (0.0075, 5 * 300 * 25)}
    if activation not in published:
        return 3 * math.sqrt(5 / neurons) / 2
    agreement, theirs = published[activation]
    return agreement * max(1.0, math.sqrt(theirs / neurons))

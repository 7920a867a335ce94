"""Batch normalization makes gradients explode before training, at a rate no choice of weights can change.

Yang, Pennington, Rao, Sohl-Dickstein & Schoenholz, "A mean field theory of batch normalization", ICLR 2019: the
squared gradient grows by pi / (pi - 1) in every ReLU layer, hardly at all in a linear one, and a single step of
gradient descent already tames it.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos import hooks, pictures, stats
from torchdemos.lab import inits, models
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory.depth import batch_norm_chi

ACTIVATIONS = ("relu", "tanh", "linear")
TOLERANCES = {"relu": 0.04, "tanh": 0.04, "linear": 0.03}  # batches of 64 and a width of 500 are not infinite
LEARNING_RATE = 0.1
SOURCE = "Yang et al. 2019"
FIGURE = Figure(
    "6_batch_norm",
    title="Batch norm explodes",
    caption="until the first step",
    about="Gradient norm by layer of networks with batch normalization before each activation, relative to the last "
    "layer's: law (pale band), measured (dots). ReLU explodes towards the input, linear layers do not. One step of "
    "gradient descent later the explosion is much smaller.",
)


def run(
    images: Tensor,
    labels: Tensor,
    seed: int = 0,
    depth: int = 50,
    width: int = 500,
    sizes: Sequence[int] = (64, 256),
    draws: int = 3,
    progress: Progress = no_progress,
) -> Result:
    """Measure the factor of a layer for each activation and batch size; then take one step and look again."""
    settings = [(activation, size) for activation in ACTIVATIONS for size in sizes]
    claims: list[Claim | Bound] = []
    logs: dict[str, list[float]] = {}
    for activation, size in progress(settings, "batch normalization", len(settings)):
        predicted = batch_norm_chi(activation)
        nets = [network(activation, depth, width, seed + draw, images.device) for draw in range(draws)]
        found = [log_norms(net, images[:size], labels[:size]) for net in nets]
        measured = math.exp(2 * sum(map(_slope, found)) / draws)
        name = f"batch norm, {activation}, {size}"
        claims.append(Claim(name, SOURCE, predicted, measured, TOLERANCES[activation]))
        logs[activation] = found[0]
    later = one_step(network("relu", depth, width, seed, images.device), images[: sizes[-1]], labels[: sizes[-1]])
    tamed = _spread(later) / _spread(logs["relu"])
    claims.append(Bound("spread, after step / before", SOURCE, tamed, high=1.0))
    return Result(claims, {FIGURE: draw(logs, later)})


def network(activation: str, depth: int, width: int, seed: int, device: torch.device) -> nn.Sequential:
    model = models.batch_norm_mlp(depth, width, activation)
    inits.gaussian(model, 2.0, 0.0, torch.Generator().manual_seed(seed))
    return model.to(device)


def log_norms(model: nn.Sequential, images: Tensor, labels: Tensor) -> list[float]:
    """ln |d loss / d z| of every hidden layer; the model keeps the gradients of its weights."""
    with hooks.record(model, lambda name, _: name.startswith("fc"), stats.norm) as tape:
        cross_entropy(model(images), labels).backward()  # type: ignore[no-untyped-call]
    return torch.stack(list(tape.gradients.values())).log().tolist()


def one_step(model: nn.Sequential, images: Tensor, labels: Tensor) -> list[float]:
    """The same after one step of gradient descent."""
    log_norms(model, images, labels)
    torch.optim.SGD(model.parameters(), LEARNING_RATE).step()
    model.zero_grad()
    return log_norms(model, images, labels)


def draw(logs: dict[str, list[float]], later: list[float]) -> Tensor:
    """Law and measurement by layer for every activation, and ReLU once more after a step."""
    series: list[pictures.Series] = []
    for activation, measured in logs.items():
        layers = range(1, len(measured) + 1)
        law = [batch_norm_chi(activation) ** ((len(measured) - layer) / 2) for layer in layers]
        series.append((activation, layers, law, "wide"))
        series.append((activation, layers, _relative(measured), "dots"))
    series.append(("relu, one step later", range(1, len(later) + 1), _relative(later), "dots"))
    title, x_label = "gradient norm under batch norm", "layer, from input to loss"
    return pictures.lines(series, title, x_label, log_y=True)


def _slope(logs: Sequence[float]) -> float:
    """The change of ln |gradient| in one layer towards the input, by least squares over the inner layers."""
    inner = torch.tensor(logs[len(logs) // 5 : len(logs) - len(logs) // 10], dtype=torch.float64)
    layer = torch.arange(len(inner), dtype=torch.float64)
    layer -= layer.mean()
    return -float(layer.dot(inner) / layer.dot(layer))


def _spread(logs: Sequence[float]) -> float:
    return float(torch.tensor(logs, dtype=torch.float64).std())


def _relative(logs: Sequence[float]) -> list[float]:
    return [math.exp(log - logs[-1]) for log in logs]

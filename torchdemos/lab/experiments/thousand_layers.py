"""A plain network of a thousand layers learns, without normalization or skip connections, if it starts orthogonal.

Saxe, McClelland & Ganguli 2014, arXiv:1312.6120, and Pennington, Schoenholz & Ganguli 2017, arXiv:1711.04735: random
orthogonal matrices keep every length and every angle, however many are multiplied. Gaussian ones of the same variance
keep only the average length: the first singular value of their product is soon e^(depth / (2 width)) times the second
(Newman 1986), so a single direction is left and all digits look alike. Xiao et al. 2018, arXiv:1806.05393,
trained 10,000 convolutional layers from an orthogonal start; here the layers are fully connected.
"""

import math
from collections.abc import Iterable, Mapping
from statistics import fmean

import torch
from torch import Tensor, nn
from torch.func import jacrev
from torch.nn.functional import cross_entropy

from torchdemos import pictures
from torchdemos.lab import inits
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.data import standardize
from torchdemos.lab.models import deep_mlp
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory import mean_field
from torchdemos.lab.theory.linear import directions_passed_on, tanh_slopes
from torchdemos.lab.training import Batch, batches, train

WIDTH, BATCH, MOMENTUM, FINAL_BATCHES = 64, 64, 0.9, 30
FIRST_LAYER_FACTOR = 0.3  # makes the signal faint, because every tanh takes something from a strong one
ORTHOGONAL, GAUSSIAN = "orthogonal", "Gaussian"
Kind = tuple[int, str]  # depth and start
RATES = {(200, ORTHOGONAL): 1e-3, (200, GAUSSIAN): 1e-3, (1000, ORTHOGONAL): 5e-4, (1000, GAUSSIAN): 2e-4}
SOURCE = "Pennington et al. 2017"
FIGURE = Figure(
    "14_thousand_layers",
    title="A thousand plain layers",
    caption="orthogonal against Gaussian",
    about="Share of training digits named right by plain tanh networks of 200 and 1,000 layers; each dot is the "
    "mean of ten batches. The band is what the best single answer for all digits gets, which is all that is left to a "
    "network that passes on a single direction. Orthogonal and Gaussian weights have the same variance.",
)
GROUP = "thousand_layers"
ABOUT = {
    GROUP: "Share of each batch named right by plain tanh networks, by depth and start. Healthy climbs; 0.11 guesses.",
}


def run(images: Tensor, labels: Tensor, seed: int = 0, steps: int = 300, progress: Progress = no_progress) -> Result:
    """Count the directions that a thousand layers pass on, then train all four networks on the same batches."""
    images, same_answer = standardize(images), float(torch.bincount(labels).max()) / len(labels)
    predicted = predict(images[0], 1000)
    models = {kind: network(*kind, seed).to(images.device) for kind in RATES}
    directions = {kind: passed_on(model, images[:1]) for kind, model in models.items()}
    named = dict[Kind, list[float]]()
    for kind, model in models.items():
        shuffled = progress(batches(images, labels, BATCH, steps, seed), f"training {kind[0]} layers", steps)
        named[kind] = learn(model, shuffled, RATES[kind])
    curves = {f"{GROUP}/{kind[0]}_{kind[1].lower()}": dict(enumerate(shares)) for kind, shares in named.items()}
    return Result(claims(predicted, directions, named), {FIGURE: draw(named, same_answer)}, curves, ABOUT)


def network(depth: int, start: str, seed: int) -> nn.Sequential:
    """Tanh layers without biases; the first one makes the signal faint."""
    model, generator = deep_mlp(depth, WIDTH, "tanh"), torch.Generator().manual_seed(seed)
    if start == ORTHOGONAL:
        inits.orthogonal(model, 1.0, generator)
    else:
        inits.gaussian(model, 1.0, 0.0, generator)
    inits.gaussian(model[1], FIRST_LAYER_FACTOR**2, 0.0, generator)
    for layer in model:
        layer.bias = None  # type: ignore[assignment]
    return model


def predict(image: Tensor, depth: int) -> float:
    """The number of directions that orthogonal layers pass on: most of them, because tanh is nearly linear here."""
    lengths = mean_field.lengths(FIRST_LAYER_FACTOR**2 * float(image.double().square().mean()), depth, "tanh", 1.0)
    return directions_passed_on(WIDTH, map(tanh_slopes, lengths))


def passed_on(model: nn.Sequential, image: Tensor) -> float:
    """The number of directions of the first hidden layer that reach the last: (sum s^2)^2 / sum s^4 of the Jacobian.

    It is the number of neurons if all singular values s are equal, and 1 if one outgrew the others.
    """
    jacobian = jacrev(model[2:-1])(model[:2](image).detach().squeeze(0))
    squares = torch.linalg.svdvals(jacobian.detach().double()).square()
    return float(squares.sum() ** 2 / squares.square().sum())


def learn(model: nn.Module, shuffled: Iterable[Batch], rate: float) -> list[float]:
    """Train the network, and return the share of each batch that it names right before it learns from the batch."""
    named: list[Tensor] = []

    def loss_fn(logits: Tensor, targets: Tensor) -> Tensor:
        named.append((logits.argmax(1) == targets).float().mean())
        return cross_entropy(logits, targets)

    for _ in train(model, shuffled, loss_fn, torch.optim.SGD(model.parameters(), lr=rate, momentum=MOMENTUM)):
        pass
    return [float(share) for share in torch.stack(named).tolist()]


def claims(
    predicted: float, directions: Mapping[Kind, float], named: Mapping[Kind, list[float]]
) -> list[Claim | Bound]:
    """Claim what a thousand layers pass on, and what the networks make of it in the final batches."""
    # The law is for infinite width. The loss of directions is due to the mean square over 64 neurons, which scatters by
    # sqrt(2 / 64).
    tolerance = 3 * math.sqrt(2 / WIDTH) * (1 - predicted / WIDTH)
    right = {kind: fmean(shares[-FINAL_BATCHES:]) for kind, shares in named.items()}
    return [
        Claim("1,000 orthogonal: directions left", SOURCE, predicted, directions[1000, ORTHOGONAL], tolerance),
        Bound("1,000 Gaussian: directions left", "Newman 1986", directions[1000, GAUSSIAN], 1, 2),
        Bound("200 orthogonal: named right", SOURCE, right[200, ORTHOGONAL], low=0.8),
        Bound("200 layers: lead of orthogonal", SOURCE, right[200, ORTHOGONAL] - right[200, GAUSSIAN], low=0.25),
        Bound("1,000 orthogonal: named right", SOURCE, right[1000, ORTHOGONAL], low=0.6),
        Bound("1,000 Gaussian: named right", SOURCE, right[1000, GAUSSIAN], high=0.3),
    ]


def draw(named: Mapping[Kind, list[float]], same_answer: float) -> Tensor:
    """Draw four networks in one chart."""
    steps = len(named[1000, ORTHOGONAL])
    series: list[pictures.Series] = [("one answer", [0, steps], [same_answer, same_answer], "wide")]
    for (depth, start), shares in named.items():
        means = [fmean(shares[step : step + 10]) for step in range(0, steps, 10)]
        series.append((f"{depth} {start}", [10 * i + 5 for i in range(len(means))], means, "dots"))
    return pictures.lines(series, "plain networks of 200 and 1,000 layers", "training step", y_limits=(0, 1))

"""A plain network of a thousand layers learns, without normalization or skip connections, if it starts orthogonal.

Saxe, McClelland & Ganguli 2014, arXiv:1312.6120, and Pennington, Schoenholz & Ganguli 2017, arXiv:1711.04735: random
orthogonal matrices keep every length and every angle, however many are multiplied. Gaussian ones of the same variance
keep the length on average only: of the product's singular values the first is soon e^(depth / (2 width)) times the
second (Newman 1986), so that a single direction is left and all digits look alike. Xiao et al. 2018, arXiv:1806.05393,
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
from torchdemos.lab.evidence import Evidence, Picture, Track, untracked
from torchdemos.lab.models import deep_mlp
from torchdemos.lab.theory import mean_field
from torchdemos.lab.theory.linear import directions_passed_on, tanh_slopes
from torchdemos.lab.training import Batch, batches, train

WIDTH, BATCH, MOMENTUM, LAST = 64, 64, 0.9, 30
FAINT = 0.3  # the first layer's factor: every tanh takes something from a strong signal
ORTHOGONAL, GAUSSIAN = "orthogonal", "Gaussian"
Key = tuple[int, str]  # depth and start
RATES = {(200, ORTHOGONAL): 1e-3, (200, GAUSSIAN): 1e-3, (1000, ORTHOGONAL): 5e-4, (1000, GAUSSIAN): 2e-4}
SOURCE = "Pennington et al. 2017"
PICTURE, GROUP = "4_pictures/14_thousand_layers", "2_thousand_layers"
ABOUT = {
    PICTURE: "Share of training digits named right by plain tanh networks of 200 and 1,000 layers; each dot is the "
    "mean of ten batches. The band is what the best single answer for all digits gets, which is all that is left to a "
    "network that passes on a single direction. Orthogonal and Gaussian weights have the same variance.",
    GROUP: "Share of each batch named right by plain tanh networks, by depth and start. Healthy climbs; 0.11 guesses.",
}


def run(images: Tensor, labels: Tensor, seed: int = 0, steps: int = 300, track: Track = untracked) -> Evidence:
    """Count the directions that a thousand layers pass on, then train all four networks on the same batches."""
    images, same_answer = standardize(images), float(torch.bincount(labels).max()) / len(labels)
    predicted = predict(images[0], 1000)
    models = {key: network(*key, seed).to(images.device) for key in RATES}
    directions = {key: passed_on(model, images[:1]) for key, model in models.items()}
    named = dict[Key, list[float]]()
    for key, model in models.items():
        shuffled = track(batches(images, labels, BATCH, steps, seed), f"training {key[0]} layers", steps)
        named[key] = learn(model, shuffled, RATES[key])
    drawn = Picture(picture(named, same_answer), ABOUT[PICTURE])
    curves = {f"{GROUP}/{key[0]}_{key[1].lower()}": dict(enumerate(shares)) for key, shares in named.items()}
    return Evidence(claims(predicted, directions, named), {PICTURE: drawn}, curves, ABOUT)


def network(depth: int, start: str, seed: int) -> nn.Sequential:
    """Tanh layers without biases, the first of them faint."""
    model, generator = deep_mlp(depth, WIDTH, "tanh"), torch.Generator().manual_seed(seed)
    if start == ORTHOGONAL:
        inits.orthogonal(model, 1.0, generator)
    else:
        inits.gaussian(model, 1.0, 0.0, generator)
    inits.gaussian(model[1], FAINT**2, 0.0, generator)
    for layer in model:
        layer.bias = None  # type: ignore[assignment]
    return model


def predict(image: Tensor, depth: int) -> float:
    """The number of directions that orthogonal layers pass on: most of them, for tanh is nearly linear here."""
    lengths = mean_field.lengths(FAINT**2 * float(image.double().square().mean()), depth, "tanh", 1.0)
    return directions_passed_on(WIDTH, map(tanh_slopes, lengths))


def passed_on(model: nn.Sequential, image: Tensor) -> float:
    """How many directions of the first hidden layer reach the last: (sum s^2)^2 / sum s^4 of the Jacobian.

    As many as neurons if all singular values s are equal, 1 if one outgrew the others.
    """
    jacobian = jacrev(model[2:-1])(model[:2](image).detach().squeeze(0))
    squares = torch.linalg.svdvals(jacobian.detach().double()).square()
    return float(squares.sum() ** 2 / squares.square().sum())


def learn(model: nn.Module, shuffled: Iterable[Batch], rate: float) -> list[float]:
    """The share of each batch that the network names right before it learns from it."""
    named: list[Tensor] = []

    def loss_fn(logits: Tensor, targets: Tensor) -> Tensor:
        named.append((logits.argmax(1) == targets).float().mean())
        return cross_entropy(logits, targets)

    for _ in train(model, shuffled, loss_fn, torch.optim.SGD(model.parameters(), lr=rate, momentum=MOMENTUM)):
        pass
    return [float(share) for share in torch.stack(named).tolist()]


def claims(predicted: float, directions: Mapping[Key, float], named: Mapping[Key, list[float]]) -> list[Claim | Bound]:
    """What a thousand layers pass on, and what the networks make of it in the last batches."""
    # The law is for endless width: the mean square over 64 neurons, to which the loss is due, scatters by sqrt(2 / 64).
    tolerance = 3 * math.sqrt(2 / WIDTH) * (1 - predicted / WIDTH)
    right = {key: fmean(shares[-LAST:]) for key, shares in named.items()}
    return [
        Claim("1,000 orthogonal: directions left", SOURCE, predicted, directions[1000, ORTHOGONAL], tolerance),
        Bound("1,000 Gaussian: directions left", "Newman 1986", directions[1000, GAUSSIAN], 1, 2),
        Bound("200 orthogonal: named right", SOURCE, right[200, ORTHOGONAL], low=0.8),
        Bound("200 layers: lead of orthogonal", SOURCE, right[200, ORTHOGONAL] - right[200, GAUSSIAN], low=0.25),
        Bound("1,000 orthogonal: named right", SOURCE, right[1000, ORTHOGONAL], low=0.6),
        Bound("1,000 Gaussian: named right", SOURCE, right[1000, GAUSSIAN], high=0.3),
    ]


def picture(named: Mapping[Key, list[float]], same_answer: float) -> Tensor:
    """Four networks in one chart."""
    steps = len(named[1000, ORTHOGONAL])
    series: list[pictures.Series] = [("one answer", [0, steps], [same_answer, same_answer], "wide")]
    for (depth, start), shares in named.items():
        means = [fmean(shares[step : step + 10]) for step in range(0, steps, 10)]
        series.append((f"{depth} {start}", [10 * i + 5 for i in range(len(means))], means, "dots"))
    return pictures.lines(series, "plain networks of 200 and 1,000 layers", "training step", y_limits=(0, 1))

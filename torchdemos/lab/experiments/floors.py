"""Exact floors of a loss, and the bugs that they give away.

A loss cannot fall below a floor that depends only on how it is coded: 0 for cross entropy, the labels' own entropy
with label smoothing, ln(e + K - 1) - 1 where softmax was applied twice, -1 where nll_loss was given probabilities,
H(y) for a network that gives every input the same answer. A network that trains well by its accuracy and whose loss
stops at one of the last three has that bug. The floors follow from Gibbs' inequality and from the definitions;
cf. label smoothing in C. Szegedy et al., "Rethinking the Inception architecture for computer vision", CVPR 2016.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from torchdemos import pictures
from torchdemos.lab import inits, losses, models
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.evidence import Evidence, Picture, Track, untracked
from torchdemos.lab.losses import Loss
from torchdemos.lab.theory import loss as theory
from torchdemos.lab.training import accuracy, batches, train

CLASSES, WIDTH = 10, 128
ROUNDING = 1e-6  # of a loss in float32
SETTLED = 0.01  # how near a sure network's loss must come to what it predicts, as a share
TAG, ENDLESS = "4_pictures/1_losses_and_floors", "2_without_a_floor/forgotten_log_softmax"
ABOUT = {
    TAG: "Training loss of one network, coded in different ways (dots: batches), and the floor of each (bands), known "
    "before the run. Right codings fall towards 0. A loss that stops at 1.46 had softmax applied twice, at -1 its "
    "logarithm forgotten, at 2.30 gives every digit the same answer.",
    ENDLESS: "Training loss where nll_loss was given logits: it has no floor and falls for ever. Nothing is learned.",
}


@dataclass(frozen=True)
class Coding:
    """A way to code the loss, and the value that it cannot fall below."""

    name: str
    about: str
    loss_fn: Loss
    floor: float


@dataclass
class Net:
    """A network that is trained with one coding of the loss, and its batch losses so far."""

    coding: Coding
    model: nn.Sequential
    losses: list[float] = field(default_factory=list)


def codings(labels: Tensor) -> list[Coding]:
    """The codings compared, each with its floor, for labels of these frequencies."""
    smoothed = theory.smoothing_floor(CLASSES, losses.SMOOTHING)
    twice, forgotten = theory.softmax_twice_floor(CLASSES), theory.forgotten_log_floor()
    constant = theory.label_entropy(labels.bincount(minlength=CLASSES).tolist())
    return [
        Coding("squared error", "half the squared distance to the one-hot label", losses.squared_error, 0.0),
        Coding("cross entropy", "as it is meant", losses.cross_entropy, 0.0),
        Coding("NLL", "the same in two steps: log-softmax, then nll_loss", losses.nll, 0.0),
        Coding("smoothing", "cross entropy with smoothed labels", losses.smoothed, smoothed),
        Coding("softmax twice", "a bug: cross_entropy given probabilities", losses.softmax_twice, twice),
        Coding("log forgotten", "a bug: nll_loss given probabilities", losses.forgotten_log, forgotten),
        Coding("constant", "a bug: cross entropy, all weights start at 0", losses.cross_entropy, constant),
        Coding("log-softmax forgotten", "a bug: nll_loss given logits", losses.forgotten_log_softmax, -math.inf),
    ]


def run(
    images: Tensor,
    labels: Tensor,
    test_images: Tensor,
    test_labels: Tensor,
    steps: int = 600,
    batch: int = 128,
    lr: float = 1e-3,
    seed: int = 0,
    track: Track = untracked,
) -> Evidence:
    """Train one network with each coding, and hold where its loss ends against the floor."""
    nets = start(labels, seed)
    for _ in track(train_side_by_side(nets, images, labels, steps, batch, lr, seed), "training to the floors", steps):
        pass
    return evidence(nets, images, labels, test_images, test_labels)


def start(labels: Tensor, seed: int) -> list[Net]:
    """A network for each coding, all from one start but for the one whose weights are 0."""
    nets = [Net(coding, models.mlp(WIDTH)) for coding in codings(labels)]
    for net in nets:
        inits.standard(net.model, torch.Generator().manual_seed(seed))
        if net.coding.name == "constant":
            inits.constant(net.model, 0.0)  # then no gradient reaches a weight, and only the output's biases learn
        net.model.to(labels.device)
    return nets


def train_side_by_side(
    nets: Sequence[Net], images: Tensor, labels: Tensor, steps: int, batch: int, lr: float, seed: int
) -> Iterator[int]:
    """One step of every network in turn, by Adam, all on the same batches."""
    runs = []
    for net in nets:
        optimizer = torch.optim.Adam(net.model.parameters(), lr=lr)
        runs.append(train(net.model, batches(images, labels, batch, steps, seed), net.coding.loss_fn, optimizer))
    for step, found in enumerate(zip(*runs, strict=True)):
        for net, (_, loss) in zip(nets, found, strict=True):
            net.losses.append(float(loss))
        yield step


def evidence(nets: Sequence[Net], images: Tensor, labels: Tensor, test_images: Tensor, test_labels: Tensor) -> Evidence:
    """Where the losses ended, against what was known before the run."""
    squared, cross, nll, smoothed, twice, forgotten, constant, endless = nets
    claims: list[Claim | Bound] = [
        same_training(cross, nll),
        *map(never_below, (smoothed, twice, forgotten)),
        sure(twice, "ln(e + 9) - accuracy", partial(theory.softmax_twice_floor, CLASSES), images, labels),
        sure(forgotten, "-accuracy", theory.forgotten_log_floor, images, labels),
        constant_loss(constant, images, labels),
        constant_accuracy(constant, labels, test_images, test_labels),
        endless_fall(endless),
    ]
    chart = draw([squared, cross, smoothed, twice, forgotten, constant])
    return Evidence(claims, {TAG: Picture(chart, ABOUT[TAG])}, {ENDLESS: dict(enumerate(endless.losses))}, ABOUT)


def never_below(net: Net) -> Bound:
    """No batch has a loss below the floor."""
    return Bound(f"{net.coding.name}: lowest batch loss", "exact floor", lowest(net), net.coding.floor - ROUNDING)


def sure(net: Net, source: str, predict: Callable[[float], float], images: Tensor, labels: Tensor) -> Claim:
    """Once the network is sure of its answers, the loss says nothing but its accuracy on the same digits."""
    predicted = predict(accuracy(net.model, images, labels))
    allowed = SETTLED * abs(net.coding.floor)
    name = f"{net.coding.name}: loss on all training digits"
    return Claim(name, source, predicted, loss_of(net, images, labels), allowed, relative=False)


def constant_loss(net: Net, images: Tensor, labels: Tensor) -> Bound:
    """The best constant answer costs H(y); biases that learn the frequencies come to within 1 % of it."""
    floor = net.coding.floor
    name, high = f"{net.coding.name}: loss on all training digits", floor * (1 + SETTLED)
    return Bound(name, "H(y), Gibbs", loss_of(net, images, labels), floor - ROUNDING, high)


def constant_accuracy(net: Net, labels: Tensor, test_images: Tensor, test_labels: Tensor) -> Claim:
    """It names every digit as the commonest of the training digits."""
    share = float((test_labels == labels.bincount().argmax()).float().mean())
    measured = accuracy(net.model, test_images, test_labels)
    name = f"{net.coding.name}: test accuracy"
    return Claim(name, "share of the commonest digit", share, measured, ROUNDING, relative=False)


def same_training(one: Net, other: Net) -> Claim:
    """Two codings of one loss train alike, batch by batch."""
    largest = float((torch.tensor(one.losses) - torch.tensor(other.losses)).abs().max())
    name = f"{other.coding.name} and {one.coding.name}: largest difference in training"
    return Claim(name, "they are one loss", 0.0, largest, ROUNDING, relative=False)


def endless_fall(net: Net) -> Bound:
    """Below -1, where even probabilities would have stopped."""
    return Bound(f"{net.coding.name}: lowest batch loss", "no floor", lowest(net), high=-1.0)


def lowest(net: Net) -> float:
    """The lowest batch loss that is finite."""
    return min(filter(math.isfinite, net.losses), default=math.nan)


@torch.no_grad()
def loss_of(net: Net, images: Tensor, labels: Tensor) -> float:
    """The loss on all these digits."""
    return float(net.coding.loss_fn(net.model(images), labels))


def draw(nets: Sequence[Net]) -> Tensor:
    """The losses so far as dots, each the mean of some batches, and the floors as bands."""
    series: list[pictures.Series] = []
    for net in nets:
        steps, means = thinned(net.losses)
        series += [(net.coding.name, (0, len(net.losses)), [net.coding.floor] * 2, "wide")]
        series += [(net.coding.name, steps, means, "dots")]
    title = "loss by step, and its floor"
    if len(nets) == 1:
        title = f"{nets[0].coding.name}: floor {nets[0].coding.floor:.4g}"
    return pictures.lines(series, title, "training step", y_limits=(-1.1, 2.5))


def thinned(numbers: Sequence[float], points: int = 40) -> tuple[list[float], list[float]]:
    """At most about `points` means of neighbours, and their places in the middle."""
    size = -(-len(numbers) // points)
    parts = [numbers[i : i + size] for i in range(0, len(numbers), size)]
    return [(i + 0.5) * size for i in range(len(parts))], [sum(part) / len(part) for part in parts]

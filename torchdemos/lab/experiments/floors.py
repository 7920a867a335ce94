"""Exact floors of a loss, and the bugs that they give away.

A loss cannot fall below a floor that depends only on how it is coded: 0 for cross entropy, the labels' own entropy
with label smoothing, ln(e + K - 1) - 1 where softmax was applied twice, -1 where nll_loss was given probabilities,
H(y) for a network that gives every input the same answer. If the loss stops at one of the last three while the accuracy
looks fine, the network has that bug. The floors follow from Gibbs' inequality and from the definitions;
cf. label smoothing in C. Szegedy et al., "Rethinking the Inception architecture for computer vision", CVPR 2016.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from torchdemos import pictures
from torchdemos.lab import inits, models
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.codings import CLASSES, Coding, codings
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory import loss as theory
from torchdemos.lab.training import accuracy, batches, in_turn, train

WIDTH = 128
ROUNDING = 1e-6  # of a loss in float32
SETTLED_SHARE = 0.01  # a sure network's loss comes this near to its prediction, as a share of the floor
FIGURE = Figure(
    "1_losses_and_floors",
    title="Losses and their floors",
    caption="a loss that stops at a floor above 0, or below 0, gives its bug away",
    about="Training loss of one network, coded in different ways (dots: batches), and the floor of each (bands), known "
    "before the run. Right codings fall towards 0. A loss that stops at 1.46 had softmax applied twice, at -1 its "
    "logarithm forgotten, at 2.30 gives every digit the same answer.",
)
ENDLESS_CURVE = "without_a_floor/forgotten_log_softmax"
ABOUT = {
    ENDLESS_CURVE: "Training loss where nll_loss was given logits: it has no floor and falls for ever. "
    "Nothing is learned.",
}


@dataclass
class CodedNetwork:
    """A network that is trained with one coding of the loss: its batch losses so far, and its latest test accuracy."""

    coding: Coding
    model: nn.Sequential
    losses: list[float] = field(default_factory=list)
    accuracy: float = math.nan


def run(
    images: Tensor,
    labels: Tensor,
    test_images: Tensor,
    test_labels: Tensor,
    steps: int = 600,
    batch: int = 128,
    lr: float = 1e-3,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Result:
    """Train one network with each coding, and hold the end of its loss against the floor."""
    networks = start(labels, seed)
    training = train_side_by_side(networks, images, labels, steps, batch, lr, seed)
    for _ in progress(training, "training to the floors", steps):
        pass
    return result(networks, images, labels, test_images, test_labels)


def start(labels: Tensor, seed: int) -> list[CodedNetwork]:
    """A network for each coding. All have the same start, except the constant one, whose weights are 0."""
    networks = [CodedNetwork(coding, models.mlp(WIDTH)) for coding in codings(labels)]
    for network in networks:
        inits.standard(network.model, torch.Generator().manual_seed(seed))
        if network.coding.name == "constant":
            inits.constant(network.model, 0.0)  # no gradient reaches a weight, and only the output's biases learn
        network.model.to(labels.device)
    return networks


def train_side_by_side(
    networks: Sequence[CodedNetwork], images: Tensor, labels: Tensor, steps: int, batch: int, lr: float, seed: int
) -> Iterator[int]:
    """Train all networks on the same batches by Adam, one step of each in turn, and yield the step."""
    trainings = []
    for network in networks:
        shuffled = batches(images, labels, batch, steps, seed)
        optimizer = torch.optim.Adam(network.model.parameters(), lr=lr)
        trainings.append(train(network.model, shuffled, network.coding.loss_fn, optimizer))
    for step, batch_losses in in_turn(trainings):
        for network, loss in zip(networks, batch_losses, strict=True):
            network.losses.append(loss)
        yield step


def result(
    networks: Sequence[CodedNetwork], images: Tensor, labels: Tensor, test_images: Tensor, test_labels: Tensor
) -> Result:
    """Hold the losses of trained networks against what was known before the run."""
    squared, cross, nll, smoothed, twice, forgotten, constant, endless = networks
    claims: list[Claim | Bound] = [
        same_training_claim(cross, nll),
        *map(floor_claim, (smoothed, twice, forgotten)),
        sure_claim(twice, "ln(e + 9) - accuracy", partial(theory.softmax_twice_floor, CLASSES), images, labels),
        sure_claim(forgotten, "-accuracy", theory.forgotten_log_floor, images, labels),
        constant_loss_claim(constant, images, labels),
        constant_accuracy_claim(constant, labels, test_images, test_labels),
        endless_claim(endless),
    ]
    chart = draw([squared, cross, smoothed, twice, forgotten, constant])
    return Result(claims, {FIGURE: chart}, {ENDLESS_CURVE: dict(enumerate(endless.losses))}, ABOUT)


def floor_claim(network: CodedNetwork) -> Bound:
    """Claim that no batch has a loss below the floor."""
    coding = network.coding
    return Bound(f"{coding.name}: lowest batch loss", "exact floor", lowest(network), coding.floor - ROUNDING)


def sure_claim(
    network: CodedNetwork, source: str, predict: Callable[[float], float], images: Tensor, labels: Tensor
) -> Claim:
    """Claim that the loss of a network that is sure of its answers follows from its accuracy on the same digits."""
    predicted = predict(accuracy(network.model, images, labels))
    allowed = SETTLED_SHARE * abs(network.coding.floor)
    name = f"{network.coding.name}: loss on all training digits"
    return Claim(name, source, predicted, loss_of(network, images, labels), allowed, relative=False)


def constant_loss_claim(network: CodedNetwork, images: Tensor, labels: Tensor) -> Bound:
    """Claim a loss within 1 % of H(y), the loss of the best constant answer: the biases learn the frequencies."""
    floor = network.coding.floor
    name, high = f"{network.coding.name}: loss on all training digits", floor * (1 + SETTLED_SHARE)
    return Bound(name, "H(y), Gibbs", loss_of(network, images, labels), floor - ROUNDING, high)


def constant_accuracy_claim(network: CodedNetwork, labels: Tensor, test_images: Tensor, test_labels: Tensor) -> Claim:
    """Claim that it takes every digit for the commonest training digit."""
    share = float((test_labels == labels.bincount().argmax()).float().mean())
    measured = accuracy(network.model, test_images, test_labels)
    name = f"{network.coding.name}: test accuracy"
    return Claim(name, "share of the commonest digit", share, measured, ROUNDING, relative=False)


def same_training_claim(one: CodedNetwork, other: CodedNetwork) -> Claim:
    """Claim that two codings of one loss train alike, batch by batch."""
    largest = float((torch.tensor(one.losses) - torch.tensor(other.losses)).abs().max())
    name = f"{other.coding.name} and {one.coding.name}: largest difference in training"
    return Claim(name, "they are one loss", 0.0, largest, ROUNDING, relative=False)


def endless_claim(network: CodedNetwork) -> Bound:
    """Claim a loss below -1, where even probabilities would have stopped."""
    return Bound(f"{network.coding.name}: lowest batch loss", "no floor", lowest(network), high=-1.0)


def lowest(network: CodedNetwork) -> float:
    """The lowest batch loss that is finite."""
    return min(filter(math.isfinite, network.losses), default=math.nan)


@torch.no_grad()
def loss_of(network: CodedNetwork, images: Tensor, labels: Tensor) -> float:
    """The loss over all these digits."""
    return float(network.coding.loss_fn(network.model(images), labels))


def draw(networks: Sequence[CodedNetwork]) -> Tensor:
    """Draw the losses so far as dots, each the mean of some batches, and the floors as bands."""
    series: list[pictures.Series] = []
    for network in networks:
        steps, means = bin_means(network.losses)
        series += [(network.coding.name, (0, len(network.losses)), [network.coding.floor] * 2, "wide")]
        series += [(network.coding.name, steps, means, "dots")]
    title = "loss by step, and its floor"
    if len(networks) == 1:
        title = f"{networks[0].coding.name}: floor {networks[0].coding.floor:.4g}"
    shades = {network.coding.name: network.coding.colour for network in networks}
    return pictures.lines(series, title, "training step", y_limits=(-1.1, 2.5), colours=shades)


def bin_means(numbers: Sequence[float], points: int = 40) -> tuple[list[float], list[float]]:
    """Average neighbours into at most `points` bins: the centres of the bins, and their means."""
    size = -(-len(numbers) // points)
    parts = [numbers[i : i + size] for i in range(0, len(numbers), size)]
    return [(i + 0.5) * size for i in range(len(parts))], [sum(part) / len(part) for part in parts]

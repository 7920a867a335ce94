"""Neurons that start equal stay equal: a layer of them is one neuron.

Equal neurons get equal gradients, so no step of gradient descent can tell them apart. All weights 0 is worse: the
hidden layer is silent, no weight gets a gradient, and the output biases alone learn how frequent the classes are, down
to the loss H(y). Started at any other constant, n equal neurons compute and learn exactly what one neuron does whose
weights are sqrt(n) times as large. Random weights anywhere on the way to the loss break the tie.

Rumelhart, Hinton & Williams, "Learning internal representations by error propagation", 1986 ("symmetry breaking");
Goodfellow, Bengio & Courville, "Deep Learning", 2016, Sec. 8.4.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos import hooks, pictures
from torchdemos.lab import ensembles, inits, models
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.evidence import Evidence, Picture, Track, untracked
from torchdemos.lab.theory.loss import label_entropy
from torchdemos.lab.training import Batch, accuracy, batches
from torchdemos.watching.schedules import spaced

VALUE = 0.1  # of every equal weight
LR = 0.1
STARTS = {
    "zero": "all 0",
    "constant": "all 0.1",
    "constant_first": "first layer 0.1, second random",
    "random": "random (He)",
}
NEURONS = "4_pictures/6_neurons_that_start_equal"
LOSS = "4_pictures/7_loss_of_equal_neurons"
TRAVEL = "4_pictures/8_distance_from_the_start"
ABOUT = {
    NEURONS: "Incoming weights of the first five hidden neurons after training, one row a start, each row in a scale "
    "of its own: white is 0. Neurons that start equal are the same picture five times.",
    LOSS: "Training loss of a 784-128-10 network. Bands are predicted: H(y), the best that one answer for all digits "
    "can do, and the loss of a network with a single hidden neuron. Dots are measured.",
    TRAVEL: "How far the first layer's weights have moved from their start, as a share of their length there.",
    "2_symmetry": "Training loss of a 784-128-10 network, by its start. The all-zero one stays at H(y) = 2.30.",
}


@dataclass
class Run:
    """A network, where its first layer started, its losses, and how far that layer had moved by which step."""

    model: nn.Sequential
    start: Tensor
    losses: list[float] = field(default_factory=list)
    travel: dict[int, float] = field(default_factory=dict)

    @property
    def neurons(self) -> Tensor:
        """The incoming weights of the hidden neurons, one a row."""
        return self.model.get_parameter("fc1.weight").detach()


def run(
    images: Tensor,
    labels: Tensor,
    test_images: Tensor,
    test_labels: Tensor,
    steps: int,
    batch: int = 128,
    seed: int = 0,
    width: int = 128,
    track: Track = untracked,
) -> Evidence:
    """Predict what equal neurons can reach, then train a network of 784-`width`-10 from each of four starts."""
    counts = torch.bincount(labels).tolist()
    floor = label_entropy(counts)
    one_class = float((test_labels == counts.index(max(counts))).double().mean())
    one_neuron = train({"one": alone(width).to(images.device)}, batches(images, labels, batch, steps, seed), steps)

    nets = {name: network(name, width, seed).to(images.device) for name in STARTS}
    moved = gradients_at_start(nets["zero"], images[:batch], labels[:batch])
    shuffled = track(batches(images, labels, batch, steps, seed), "training equal neurons", steps)
    runs = train(nets, shuffled, steps)

    zero, equal, mixed = runs["zero"], runs["constant"], runs["constant_first"]
    named = {name: accuracy(nets[name], test_images, test_labels) for name in nets}
    claims: list[Claim | Bound] = [
        Claim("all 0: loss", "H(y), one answer for all", floor, loss(zero, images, labels), 0.004, relative=False),
        Claim("all 0: named right", "the most frequent class", one_class, named["zero"], 1e-6, relative=False),
        Claim("all 0: weights with a gradient", "chain rule", 0, moved, 0, relative=False),
        Claim("all 0: rank of the first layer", "no gradient", 0, rank(zero), 0, relative=False),
        Bound("all 0.1: rank of the first layer", "equal gradients", rank(equal), high=1),
        Claim("all 0.1: difference of neurons", "equal gradients", 0, difference(equal), 0, relative=False),
        Claim("all 0.1: loss", "one neuron, sqrt(n) larger", one_neuron["one"].losses[-1], equal.losses[-1], 1e-3),
        Bound("0.1, then random: rank", "symmetry broken", rank(mixed), low=2),
        Bound("0.1, then random: named right", "symmetry broken", named["constant_first"], low=0.3),
    ]
    drawn = {
        NEURONS: draw_neurons(runs),
        LOSS: draw_losses(runs, one_neuron["one"], floor),
        TRAVEL: draw_travel(runs),
    }
    curves = {f"2_symmetry/loss_{name}": dict(enumerate(found.losses)) for name, found in runs.items()}
    return Evidence(claims, {tag: Picture(image, ABOUT[tag]) for tag, image in drawn.items()}, curves, ABOUT)


def network(name: str, width: int, seed: int) -> nn.Sequential:
    """784-`width`-10 from one of STARTS."""
    model, generator = models.deep_mlp(1, width, "relu"), torch.Generator().manual_seed(seed)
    if name == "random":
        inits.gaussian(model, 2.0, 0.0, generator)
    else:
        inits.constant(model, 0.0 if name == "zero" else VALUE)
    if name == "constant_first":
        inits.gaussian(model.get_submodule("out"), 2.0, 0.0, generator)
    return model


def alone(width: int) -> nn.Sequential:
    """784-1-10 that does what `width` equal neurons do."""
    model = models.deep_mlp(1, 1, "relu")
    inits.constant(model, VALUE * math.sqrt(width))
    nn.init.constant_(model.get_parameter("out.bias"), VALUE)
    return model


def gradients_at_start(model: nn.Sequential, images: Tensor, labels: Tensor) -> int:
    """How many parameters, the output biases left out, have a gradient other than exactly 0."""
    cross_entropy(model(images), labels).backward()  # type: ignore[no-untyped-call]
    return sum(int(g.count_nonzero()) for name, g in hooks.gradients(model).items() if name != "out.bias")


def train(nets: Mapping[str, nn.Sequential], data: Iterable[Batch], steps: int) -> dict[str, Run]:
    """Plain SGD for all of them on the same batches."""
    runs = {name: Run(model, model.get_parameter("fc1.weight").detach().clone()) for name, model in nets.items()}
    looks = set(spaced(steps, 40))
    for step, losses in ensembles.train(list(nets.values()), data, cross_entropy, [LR] * len(nets)):
        for found, value in zip(runs.values(), losses.tolist(), strict=True):
            found.losses.append(value)
            if step in looks:
                found.travel[step + 1] = float((found.neurons - found.start).norm() / found.start.norm())
    return runs


@torch.no_grad()
def loss(found: Run, images: Tensor, labels: Tensor) -> float:
    """Over all digits, not one batch."""
    return float(cross_entropy(found.model(images), labels))


def rank(found: Run) -> int:
    """The number of independent neurons."""
    return int(torch.linalg.matrix_rank(found.neurons))


def difference(found: Run) -> float:
    """The largest difference between a weight of any neuron and the same weight of the first."""
    return float((found.neurons - found.neurons[0]).abs().max())


def draw_neurons(runs: Mapping[str, Run]) -> Tensor:
    """Five neurons of each network as pictures of 28x28 weights, beside what they are and what the colours mean."""
    rows = []
    for name, found in runs.items():
        maps = found.neurons[:5].view(-1, 28, 28)
        tiles = pictures.frame(pictures.grid(pictures.signed(maps).movedim(0, 1), 5))
        key = pictures.signed_key(pictures.full_scale(maps), pictures.CARD_WIDTH - tiles.shape[2] - 8)
        rows.append(pictures.beside([tiles, pictures.caption(key, f"{STARTS[name]}: rank {rank(found)}")], gap=8))
    return pictures.caption(pictures.stack(rows, gap=3), "weights into five neurons, trained", size=14)


def draw_losses(runs: Mapping[str, Run], one_neuron: Run, floor: float) -> Tensor:
    """Every network's loss at 40 steps, on what was predicted."""
    looks = list(one_neuron.travel)
    series: list[pictures.Series] = [
        ("H(y)", [looks[0], looks[-1]], [floor, floor], "wide"),
        ("one neuron", looks, [one_neuron.losses[step - 1] for step in looks], "wide"),
    ]
    series += [
        (STARTS[name], looks, [found.losses[step - 1] for step in looks], "dots") for name, found in runs.items()
    ]
    limits = (0.0, 3.5)
    return pictures.lines(series, "loss by the start", "training step", y_limits=limits, log_x=True)


def draw_travel(runs: Mapping[str, Run]) -> Tensor:
    """How far each first layer has moved."""
    series: list[pictures.Series] = [
        (STARTS[name], list(found.travel), list(found.travel.values()), "dots")
        for name, found in runs.items()
        if name != "zero"
    ]
    return pictures.lines(series, "first layer: |W - start| / |start|", "training step", log_x=True)

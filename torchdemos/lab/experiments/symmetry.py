"""Neurons that start equal stay equal: a layer of them is one neuron.

Equal neurons get equal gradients, so no step of gradient descent can tell them apart. Weights that are all 0 are
worse: the hidden layer is silent, no weight gets a gradient, and the output biases alone learn how frequent the classes
are, down to the loss H(y). From any other constant, n equal neurons compute and learn exactly what a single neuron does
whose weights are sqrt(n) times as large. Random weights anywhere on the way to the loss break the tie.

Rumelhart, Hinton & Williams, "Learning internal representations by error propagation", 1986 ("symmetry breaking");
Goodfellow, Bengio & Courville, "Deep Learning", 2016, Sec. 8.4.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos import hooks, pictures
from torchdemos.lab import ensembles
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.equal_neurons import STARTS, fresh, single_neuron
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Charts, Figure, Result
from torchdemos.lab.theory.loss import label_entropy
from torchdemos.lab.training import Batch, accuracy, batches
from torchdemos.watching.schedules import spaced

NAMED = "share of digits named right"
LEARNING_RATE = 0.1
NEURONS_FIGURE = Figure(
    "6_neurons_that_start_equal",
    title="Equal neurons stay equal",
    caption="five neurons, one picture",
    about="Incoming weights of the first five hidden neurons after training, one row a start, each row in a scale "
    "of its own: white is 0. Neurons that start equal are the same picture five times.",
)
LOSS_FIGURE = Figure(
    "7_loss_of_equal_neurons",
    title="What equal neurons can learn",
    caption="no more than a single one",
    about="Training loss of a 784-128-10 network. Bands are predicted: H(y), the best that one answer for all digits "
    "can do, and the loss of a network with a single hidden neuron. Dots are measured.",
)
TRAVEL_FIGURE = Figure(
    "8_distance_from_the_start",
    title="How far weights travel",
    caption="from each start, in units of its length",
    about="How far the first layer's weights have moved from their start, as a share of their length there.",
)
GROUP = "symmetry"
CHARTS = Charts(
    "neurons that start equal", {"loss of a 784-128-10 network": [f"{GROUP}/loss_{name}" for name in STARTS]}
)
ABOUT = {GROUP: "Training loss of a 784-128-10 network, by its start. The all-zero one stays at H(y) = 2.30."}


@dataclass
class TrainedNetwork:
    """A network, the start of its first layer, its losses, and the relative distance of that layer by step."""

    model: nn.Sequential
    start: Tensor
    losses: list[float] = field(default_factory=list)
    travel: dict[int, float] = field(default_factory=dict)

    @property
    def neurons(self) -> Tensor:
        """The incoming weights of the hidden neurons, a row for each neuron."""
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
    progress: Progress = no_progress,
) -> Result:
    """Predict the losses that equal neurons can reach, then train 784-`width`-10 from each of four starts."""
    counts = torch.bincount(labels).tolist()
    floor = label_entropy(counts)
    one_class = float((test_labels == counts.index(max(counts))).double().mean())
    shuffled = batches(images, labels, batch, steps, seed)
    one_neuron = train({"one": single_neuron(width).to(images.device)}, shuffled, steps)["one"]

    nets = {name: fresh(name, width, seed).to(images.device) for name in STARTS}
    moved = gradients_at_start(nets["zero"], images[:batch], labels[:batch])
    tracked = progress(batches(images, labels, batch, steps, seed), "training equal neurons", steps)
    networks = train(nets, tracked, steps)

    zero, equal, mixed = networks["zero"], networks["constant"], networks["constant_first"]
    named = {name: accuracy(nets[name], test_images, test_labels) for name in nets}
    claims: list[Claim | Bound] = [
        Claim("all weights 0: loss", "H(y), one answer", floor, loss(zero, images, labels), 0.004, relative=False),
        Claim(f"all weights 0: {NAMED}", "the most frequent class", one_class, named["zero"], 1e-6, relative=False),
        Claim("all weights 0: weights with a gradient", "chain rule", 0, moved, 0, relative=False),
        Claim("all weights 0: rank of the first layer", "no gradient", 0, rank(zero), 0, relative=False),
        Bound("all weights 0.1: rank of the first layer", "equal gradients", rank(equal), high=1),
        Claim("all weights 0.1: difference of neurons", "equal gradients", 0, difference(equal), 0, relative=False),
        Claim("all weights 0.1: loss", "one neuron, sqrt(n) larger", one_neuron.losses[-1], equal.losses[-1], 1e-3),
        Bound("first layer 0.1, second random: rank of the first layer", "symmetry broken", rank(mixed), low=2),
        Bound(f"first layer 0.1, second random: {NAMED}", "symmetry broken", named["constant_first"], low=0.3),
    ]
    figures = {
        NEURONS_FIGURE: draw_neurons(networks),
        LOSS_FIGURE: draw_losses(networks, one_neuron, floor),
        TRAVEL_FIGURE: draw_travel(networks),
    }
    curves = {f"{GROUP}/loss_{name}": dict(enumerate(network.losses)) for name, network in networks.items()}
    return Result(claims, figures, curves, ABOUT)


def gradients_at_start(model: nn.Sequential, images: Tensor, labels: Tensor) -> int:
    """The number of parameters, without the output biases, whose gradient is not exactly 0."""
    cross_entropy(model(images), labels).backward()  # type: ignore[no-untyped-call]
    return sum(int(g.count_nonzero()) for name, g in hooks.gradients(model).items() if name != "out.bias")


def train(nets: Mapping[str, nn.Sequential], data: Iterable[Batch], steps: int) -> dict[str, TrainedNetwork]:
    """Train all networks on the same batches by plain SGD."""
    networks = {
        name: TrainedNetwork(model, model.get_parameter("fc1.weight").detach().clone()) for name, model in nets.items()
    }
    looks = set(spaced(steps, 40))
    for step, losses in ensembles.train(list(nets.values()), data, cross_entropy, [LEARNING_RATE] * len(nets)):
        for network, value in zip(networks.values(), losses.tolist(), strict=True):
            network.losses.append(value)
            if step in looks:
                network.travel[step + 1] = float((network.neurons - network.start).norm() / network.start.norm())
    return networks


@torch.no_grad()
def loss(network: TrainedNetwork, images: Tensor, labels: Tensor) -> float:
    """The loss over all digits, not over one batch."""
    return float(cross_entropy(network.model(images), labels))


def rank(network: TrainedNetwork) -> int:
    """The number of independent neurons."""
    return int(torch.linalg.matrix_rank(network.neurons))


def difference(network: TrainedNetwork) -> float:
    """The largest difference between a weight of any neuron and the same weight of the first."""
    return float((network.neurons - network.neurons[0]).abs().max())


def draw_neurons(networks: Mapping[str, TrainedNetwork]) -> Tensor:
    """Draw five neurons of each network as pictures of 28x28 weights, and beside them their start and a colour key."""
    rows = []
    for name, network in networks.items():
        maps = network.neurons[:5].view(-1, 28, 28)
        tiles = pictures.frame(pictures.grid(pictures.signed(maps).movedim(0, 1), 5))
        key = pictures.signed_key(pictures.full_scale(maps), pictures.CARD_WIDTH - tiles.shape[2] - 8)
        rows.append(pictures.beside([tiles, pictures.caption(key, f"{STARTS[name]}: rank {rank(network)}")], gap=8))
    return pictures.caption(pictures.stack(rows, gap=3), "weights into five neurons, trained", size=14)


def draw_losses(networks: Mapping[str, TrainedNetwork], one_neuron: TrainedNetwork, floor: float) -> Tensor:
    """Draw the loss of every network at 40 steps, on the predicted losses."""
    looks = list(one_neuron.travel)
    series: list[pictures.Series] = [
        ("H(y)", [looks[0], looks[-1]], [floor, floor], "wide"),
        ("one neuron", looks, [one_neuron.losses[step - 1] for step in looks], "wide"),
    ]
    series += [
        (STARTS[name], looks, [network.losses[step - 1] for step in looks], "dots")
        for name, network in networks.items()
    ]
    limits = (0.0, 3.5)
    return pictures.lines(series, "loss by the start", "training step", y_limits=limits, log_x=True)


def draw_travel(networks: Mapping[str, TrainedNetwork]) -> Tensor:
    """Draw how far each first layer has moved."""
    series: list[pictures.Series] = [
        (STARTS[name], list(network.travel), list(network.travel.values()), "dots")
        for name, network in networks.items()
        if name != "zero"
    ]
    return pictures.lines(series, "first layer: |W - start| / |start|", "training step", log_x=True)

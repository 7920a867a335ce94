"""What is a neuron? A unit that holds one value for one given input; the pixels are the first neurons."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos import pictures
from torchdemos.board import Board, layout
from torchdemos.lab import inits, models
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.data import Digits, probe
from torchdemos.lab.demos import one_neuron, overview, readme
from torchdemos.lab.demos.configs import Neurons
from torchdemos.lab.demos.result import Result
from torchdemos.lab.evidence import Track, untracked
from torchdemos.lab.training import accuracy, batches, train
from torchdemos.log import cards, links, tags
from torchdemos.watching.schedules import spaced
from torchdemos.watching.steps import Watch
from torchdemos.watching.watch import watch

TAB = "torchdemos"  # the Neurons tab
FULL_MINUTES = 1.5
RUNS = {"cnn": ("0_cnn", "two convolutions, two dense layers"), "mlp": ("1_mlp", "one hidden layer of 36 neurons")}
SIGHTS = {
    tags.ONE_DIGIT: ("Every neuron of one digit", "the pixels are the first neurons, a layer a picture of the last"),
    tags.TEN_DIGITS: ("Ten digits, the same neurons", "a value belongs to its input: columns differ, neurons do not"),
    tags.OVER_TRAINING: ("One digit over training", "the weights change, and so do the values"),
    tags.BY_HAND: ("One neuron by hand", "inputs x weights, summed, plus the bias, through the activation"),
    tags.TEMPLATES: ("Weights as pictures", "a neuron of the first dense layer is a 28x28 template"),
}
# The MLP's weights start small and decay where no digit needs them, so that its templates are seen and not the noise.
VARIANCE = {"cnn": 2.0, "mlp": 0.1}
FADING = {"cnn": 0.0, "mlp": 0.01}


@dataclass
class Net:
    """A network in training, the board it writes to, and its neurons for one digit at several times."""

    name: str
    model: nn.Sequential
    optimizer: torch.optim.Optimizer
    board: Board
    around: Watch
    losses: list[float] = field(default_factory=list)
    accuracy: float = math.nan
    album: dict[int, dict[str, Tensor]] = field(default_factory=dict)


def run(config: Neurons, board: Board, digits: Digits, track: Track = untracked) -> Result:
    """Train, and after more and more steps look at every neuron; recompute one by hand; see what one alone can do."""
    config.validate()
    chosen = [name for name in RUNS if config.model in (name, "both")]
    write_readme(config, board, digits, chosen)
    nets = [build(config, board, name, digits.train_images.device) for name in chosen]
    ten = probe(digits)
    for _ in track(train_and_look(config, nets, digits, ten), "training", config.steps):
        pass
    claims: list[Claim | Bound] = [claim for net in nets for claim in check(config, net, ten)]
    for net in nets:
        overview.close(net.board, config.steps, net.losses, net.accuracy)
    for evidence in one_neuron.experiments(config, digits, track):
        claims += overview.show(board, evidence)
    findings = {f"{net.name}, at the end": f for net in nets for f in net.around.findings(net.losses)[:1]}
    return Result(claims, verdict(config, nets, ten), findings)


def pins(config: Neurons) -> list[cards.Pin]:
    """The cards that answer the question; pictures that are taller than a card come last."""
    runs = [RUNS[name][0] for name in RUNS if config.model in (name, "both")]
    pictures_: list[cards.Pin] = [("images", tag, runs[-1]) for tag in (tags.BY_HAND, tags.TEMPLATES)]
    alone: list[cards.Pin] = [("images", tag, ".") for tag in one_neuron.SIGHTS]
    tall: list[cards.Pin] = [("images", tags.TEN_DIGITS, runs[-1]), *(("images", tags.ONE_DIGIT, run) for run in runs)]
    return [*pictures_, *alone, ("scalars", tags.ACCURACY, None), *tall]


def write_readme(config: Neurons, board: Board, digits: Digits, chosen: Sequence[str]) -> None:
    board.show(layout.custom_scalars(one_neuron.LAYOUT), layout.experiment(["model", "lr"], overview.FINAL))
    sights = SIGHTS | one_neuron.SIGHTS | (one_neuron.FULL_SIGHTS if config.full else {})
    linked = [
        (
            "Neuron by neuron",
            "click any neuron: its inputs, its weights, and the sum that makes its value",
            links.NEURONS,
        ),
        readme.glance(board, pins(config), "one neuron by hand, and everything below"),
        *((title, sees, links.pictures(tag)) for tag, (title, sees) in sights.items()),
    ]
    readme.write(board, linked, [RUNS[name] for name in chosen], digits.source, config)


# Train, and look at every neuron for the same ten digits.


def build(config: Neurons, board: Board, name: str, device: torch.device) -> Net:
    model: nn.Sequential = {"cnn": models.cnn, "mlp": models.mlp}[name]()
    inits.gaussian(model, VARIANCE[name], 0.0, torch.Generator().manual_seed(config.seed))
    model.to(device)
    own = board.variant(RUNS[name][0])
    own.show(layout.session_start({"model": name, "lr": config.lr}))
    optimizer = torch.optim.SGD(model.parameters(), lr=config.lr, momentum=0.9, weight_decay=FADING[name])
    looks = set(spaced(config.steps, 40))
    return Net(name, model, optimizer, own, watch(model, own, looks.__contains__, detail="histograms"))


def train_and_look(config: Neurons, nets: Sequence[Net], digits: Digits, ten: Tensor) -> Iterator[int]:
    """One step of every network in turn, with pictures after 0, 1, 2, ... and after the last step."""
    runs = []
    for net in nets:
        data = batches(digits.train_images, digits.train_labels, config.batch, config.steps, config.seed)
        runs.append(train(net.model, data, cross_entropy, net.optimizer, net.around))
    drawn = set(spaced(config.steps + 1))
    for net in nets:
        show(config, net, 0, digits, ten)
    for step, losses in enumerate(zip(*runs, strict=True)):
        for net, (_, loss) in zip(nets, losses, strict=True):
            net.losses.append(float(loss))
            net.board.log(step, scalars=overview.loss_scalars(net.losses))
            if step + 1 in drawn:
                show(config, net, step + 1, digits, ten)
        yield step


def show(config: Neurons, net: Net, step: int, digits: Digits, ten: Tensor) -> None:
    """Every neuron of every layer: for one digit, for ten digits, and for the one digit over time."""
    layers = one_neuron.values(net.model, ten)
    one = {name: values[config.digit] for name, values in layers.items()}
    net.album[step] = one
    net.accuracy = accuracy(net.model, digits.test_images, digits.test_labels)
    over_time = {name: torch.stack([page[name] for page in net.album.values()]) for name in layers}
    digit, ten_digits, steps = config.digit, {"pixels": ten[:, 0]} | layers, [str(step) for step in net.album]
    drawn = {
        tags.ONE_DIGIT: pictures.layers_as_pixels(one, ten[digit, 0], title=f"a {digit} after {step} steps"),
        tags.TEN_DIGITS: pictures.samples_by_layer(ten_digits, "0123456789", title=f"after {step} steps"),
        tags.OVER_TRAINING: pictures.samples_by_layer(over_time, steps, title=f"a {digit}, by step"),
        tags.BY_HAND: one_neuron.picture(*one_neuron.strongest(net.model, ten[digit])),
        tags.TEMPLATES: one_neuron.template_picture(net.model),
    }
    blobs = {}
    if len(net.album) % 2 or step == config.steps:  # snapshots are large, and every second shows the way
        blobs[tags.NEURONS] = one_neuron.snapshot_of(net.model, ten, "0123456789")
    net.board.log(step, scalars={tags.ACCURACY: net.accuracy}, pictures=drawn, blobs=blobs)


def check(config: Neurons, net: Net, ten: Tensor) -> list[Claim]:
    """A neuron of the first layer and the digit's output neuron, by hand against the hook."""
    image = ten[config.digit]
    claims = [
        one_neuron.first_layer_claim(net.name, net.model, image),
        one_neuron.output_claim(net.name, net.model, image, config.digit),
    ]
    return claims + ([one_neuron.template_claim(net.name, net.model, image)] if net.name == "mlp" else [])


def verdict(config: Neurons, nets: Sequence[Net], ten: Tensor) -> str:
    """One sentence: one neuron, ten digits, ten values."""
    net = nets[-1]
    neuron, _ = one_neuron.strongest(net.model, ten[config.digit])
    layer = one_neuron.values(net.model, ten)["relu1"]
    listed = " ".join(f"{float(values[neuron.place]):.1f}" for values in layer)
    accuracies = " and ".join(f"{net.name} {net.accuracy:.0%}" for net in nets).replace("nan%", "none (not numbers)")
    return (
        f"A neuron's value belongs to its input: {net.name} neuron {list(neuron.place)} is {listed} "
        f"for the digits 0 to 9. All neurons together name the test digits right: {accuracies}."
    )

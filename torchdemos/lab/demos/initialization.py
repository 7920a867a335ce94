"""How are weights initialized? Randomly, and at the scale that carries a signal and its gradient through the depth."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos import pictures
from torchdemos.board import Board, layout
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.demos import overview, readme
from torchdemos.lab.demos.configs import INITS, Initialization
from torchdemos.lab.demos.result import Result
from torchdemos.lab.evidence import Evidence, Track, untracked
from torchdemos.lab.experiments import (
    critical,
    depth_split,
    linear_modes,
    singular_values,
    starts,
    symmetry,
    thousand_layers,
    trainability,
)
from torchdemos.lab.theory.loss import label_entropy
from torchdemos.lab.training import accuracy, batches, train
from torchdemos.log import cards, links, tags
from torchdemos.watching.schedules import spaced
from torchdemos.watching.steps import Watch
from torchdemos.watching.watch import watch

TAB = "timeseries"
FULL_MINUTES = 7.0
PROBE = 256  # digits of a single backward pass
EQUAL = ("zero", "constant")  # they have a chart of their own: at most seven runs can be told apart in one
LOSSES = f"{tags.PICTURE}/0_loss_by_start"
EQUAL_LOSS = "2_equal_weights/loss_capped"
ABOUT = {
    LOSSES: "Training loss of one network from each start, the mean of some batches, cut off at 4.6. The band is H(y), "
    "the loss of one answer for all digits: it is where equal weights and a vanished signal stay.",
    EQUAL_LOSS: "Training loss where all weights start equal: it does not fall below that of one answer for all "
    "digits, ln 10 = 2.303.",
}
LAYOUT: dict[str, cards.Charts] = {
    "loss by start": {"random starts": [tags.LOSS_CAPPED], "equal weights": [EQUAL_LOSS]},
    "neurons that start equal": {
        "loss of a 784-128-10 network": [f"2_symmetry/loss_{name}" for name in symmetry.STARTS]
    },
}
SIGHTS = {
    LOSSES: ("Who learns", "one network, eight starts, the loss of each"),
    starts.SIGNAL_MAP: ("The signal by layer", "every start before training, in one colour range"),
    starts.SIGNAL: ("The signal and its law", "dots on the factor that theory gives each layer"),
    starts.GRADIENT_MAP: ("The gradient by layer", "where it vanishes, and where it is exactly 0"),
    depth_split.LOSS: ("22 and 30 layers", "Xavier's start stalls at 30, He's does not"),
    depth_split.VARIANCE: ("Why: the variance by layer", "halved by every ReLU, or not"),
    symmetry.NEURONS: ("Equal neurons stay equal", "nine neurons, one picture"),
    symmetry.LOSS: ("What equal neurons can learn", "no more than a single one"),
    symmetry.TRAVEL: ("How far weights travel", "from each start, in units of its length"),
    critical.PICTURE: ("Between order and chaos", "the factor on the gradient, by the variance of the weights"),
}
FULL_SIGHTS = {
    trainability.GRID: ("How deep is trainable", "a formula from physics draws the edge"),
    trainability.HEATMAP: ("The same in colours", "share of digits named right"),
    singular_values.PICTURE: ("Singular values", "of each layer, on the quarter-circle law"),
    linear_modes.PICTURE: ("Exact learning curves", "a deep linear network learns mode by mode"),
    thousand_layers.PICTURE: ("A thousand plain layers", "orthogonal against Gaussian"),
}


@dataclass
class Net:
    """A network in training from one start, the board it writes to, and what became of it."""

    name: str
    model: nn.Sequential
    optimizer: torch.optim.Optimizer
    board: Board
    around: Watch
    losses: list[float] = field(default_factory=list)
    accuracy: float = math.nan


def run(config: Initialization, board: Board, digits: Digits, track: Track = untracked) -> Result:
    """See what each start does to the signal before training, train from all of them, then take the reasons apart."""
    config.validate()
    board.describe(ABOUT)
    write_readme(config, board, digits)
    images, labels = standardize(digits.train_images), digits.train_labels
    test = standardize(digits.test_images), digits.test_labels

    before = starts.run(config.inits, config.depth, config.width, images, labels, config.seed, track)
    claims = list(overview.show(board, before))
    nets = [build(config, board, name, images) for name in config.inits]
    for _ in track(side_by_side(config, nets, images, labels, test), "training", config.steps):
        pass
    floor = label_entropy(labels.bincount().tolist())
    for where, shown in ((board, nets), *((net.board, [net]) for net in nets)):
        where.log(0, pictures={LOSSES: draw_losses(shown, floor)})
    claims += zero_claims(nets, floor)
    for evidence in reasons(config, digits, track):
        claims += overview.show(board, evidence)
    findings = {f"{net.name}, at the end": f for net in nets for f in net.around.findings(net.losses)[:1]}
    return Result(claims, verdict(nets, floor), findings)


def reasons(config: Initialization, digits: Digits, track: Track) -> Iterator[Evidence]:
    """Why equal weights do not learn, why the scale decides, and with --full what else was published about it."""
    images, labels, seed = standardize(digits.train_images), digits.train_labels, config.seed
    data = images, labels, standardize(digits.test_images), digits.test_labels
    yield symmetry.run(*data, steps=938 if config.full else 469, seed=seed, track=track)  # 2 epochs of the full set
    yield depth_split.run(*data, seed=seed, track=track)
    yield critical.run(images[:PROBE], labels[:PROBE], seed=seed, track=track)
    if config.full:
        yield trainability.run(images, labels, seed=seed, track=track)
        yield singular_values.run(digits.train_images, labels, seed, track=track)
        yield linear_modes.run(digits.train_images, labels, seed, track=track)
        yield thousand_layers.run(digits.train_images, labels, seed, track=track)


def pins(config: Initialization) -> list[cards.Pin]:
    """The cards that answer the question."""
    shown = (LOSSES, starts.SIGNAL_MAP, starts.GRADIENT_MAP, starts.SIGNAL, depth_split.LOSS, symmetry.NEURONS)
    return [("images", tag, ".") for tag in shown]


def write_readme(config: Initialization, board: Board, digits: Digits) -> None:
    drawn = SIGHTS | (FULL_SIGHTS if config.full else {})
    sights = [
        readme.glance(board, pins(config), "the loss of every start, and its reasons"),
        ("Charts", "the losses again, without smoothing", links.custom_scalars()),
        *((title, sees, links.pictures(tag)) for tag, (title, sees) in drawn.items()),
    ]
    board.show(layout.custom_scalars(LAYOUT), layout.experiment(["start"], overview.FINAL))
    readme.write(board, sights, [(run_name(n), starts.ABOUT[n]) for n in config.inits], digits.source, config)


def run_name(init: str) -> str:
    """`5_he`: the starts in the order in which they are told."""
    return f"{INITS.index(init)}_{init}"


# Train one network from every start, side by side.


def build(config: Initialization, board: Board, name: str, images: Tensor) -> Net:
    model = starts.network(name, config.depth, config.width, config.seed, images)
    own = board.variant(run_name(name))
    own.show(layout.session_start({"start": name}))
    optimizer = torch.optim.SGD(model.parameters(), lr=config.lr, momentum=0.9)
    looks = set(spaced(config.steps, 20))
    return Net(name, model, optimizer, own, watch(model, own, looks.__contains__, nn.Linear))


def side_by_side(
    config: Initialization, nets: Sequence[Net], images: Tensor, labels: Tensor, test: tuple[Tensor, Tensor]
) -> Iterator[int]:
    """One step of every network in turn, all on the same batches."""
    runs = []
    for net in nets:
        shuffled = batches(images, labels, config.batch, config.steps, config.seed)
        runs.append(train(net.model, shuffled, cross_entropy, net.optimizer, net.around))
    for step, losses in enumerate(zip(*runs, strict=True)):
        for net, (_, loss) in zip(nets, losses, strict=True):
            net.losses.append(float(loss))
            net.board.log(step, scalars=scalars(net))
        yield step
    for net in nets:
        net.accuracy = accuracy(net.model, *test)
        overview.close(net.board, config.steps, net.losses, net.accuracy)


def scalars(net: Net) -> dict[str, float]:
    """The latest loss; equal weights have their capped one in a chart of their own."""
    found = overview.loss_scalars(net.losses)
    return found | {EQUAL_LOSS: found.pop(tags.LOSS_CAPPED)} if net.name in EQUAL else found


def draw_losses(nets: Sequence[Net], floor: float) -> Tensor:
    """The loss of every start as dots, of equal ones only if there are no others; one answer for all as a band."""
    steps = len(nets[0].losses)
    series: list[pictures.Series] = [("H(y)", [0, steps], [floor, floor], "wide")]
    size = max(steps // 25, 1)
    for net in [net for net in nets if net.name not in EQUAL] or nets:
        means = torch.tensor([overview.capped(loss) for loss in net.losses]).unfold(0, size, size).mean(1)
        series.append((net.name, [size * (i + 0.5) for i in range(len(means))], means, "dots"))
    title = "loss by start" if len(nets) > 1 else f"{nets[0].name}: loss"
    return pictures.lines(series, title, "training step", y_limits=(0, 5))


def zero_claims(nets: Sequence[Net], floor: float) -> list[Claim | Bound]:
    """All weights 0 end no lower than one answer for all digits, but for the scatter of the batches."""
    name, source = "zero: mean loss of the last half", "H(y): one answer for all digits"
    halves = [net.losses[len(net.losses) // 2 :] for net in nets if net.name == "zero"]
    return [Bound(name, source, _mean(losses), low=0.99 * floor) for losses in halves]


def verdict(nets: Sequence[Net], floor: float) -> str:
    """Where each start ended, in one sentence."""
    ends = ", ".join(f"{net.name} {_share(net.accuracy)}" for net in nets)
    return (
        f"Same network, same digits, same learning rate; only the first numbers differ. Test digits named right after "
        f"{len(nets[0].losses)} steps: {ends}. Guessing gets 10%, at a loss of {floor:.3f}."
    )


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _share(accuracy: float) -> str:
    return f"{accuracy:.0%}" if math.isfinite(accuracy) else "none (not numbers)"

"""What is loss? The distance between prediction and truth; how it is coded decides what is learned, and how fast."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from torch import Tensor

from torchdemos.board import Board, layout
from torchdemos.diagnosis import Finding, diagnose
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.demos import overview, readme
from torchdemos.lab.demos.configs import Loss
from torchdemos.lab.demos.result import Result
from torchdemos.lab.evidence import Evidence, Track, untracked
from torchdemos.lab.experiments import equivalence, floors, logit_curves, saturated_start, slowdown, square_loss
from torchdemos.lab.experiments.floors import Net
from torchdemos.lab.training import accuracy
from torchdemos.log import cards, links, tags
from torchdemos.watching.schedules import spaced

TAB = "timeseries"
FULL_MINUTES = 2.0
FLOOR = "2_loss_and_floor/floor"
ABOUT = {FLOOR: "The value that this loss cannot fall below as it is coded, known before training."}
LAYOUT: dict[str, cards.Charts] = {
    "training loss and its floor": {"choose one run: its loss stays above its floor": [tags.LOSS, FLOOR]},
    "learning slowdown of one neuron, its output by step": {
        lesson.name: [f"{slowdown.GROUP.format(lesson.tag)}/{x}" for x in ("measured", "predicted")]
        for lesson in slowdown.LESSONS
    },
}
SIGHTS = {
    floors.TAG: ("Losses and their floors", "a loss that stops at a floor above 0, or below 0, gives its bug away"),
    logit_curves.LOSS: ("Loss by logit", "how much a wrong answer costs"),
    logit_curves.GRADIENT: ("Gradient by logit", "how much can be learned from it: squared error loses its gradient"),
    slowdown.TAG: ("Learning slowdown", "one neuron: the more wrong it is, the slower squared error teaches it"),
    saturated_start.TAG: ("A saturated start", "networks that begin sure and wrong: cross entropy brings them back"),
    equivalence.TAG: ("Probability minus truth", "the gradient of cross entropy, by hand and by autograd"),
}
FULL_SIGHTS = {square_loss.TAG: ("Squared error or cross entropy", "test accuracy over several seeds")}


@dataclass
class Variant:
    """A network in training, and the board that it writes to."""

    name: str
    net: Net
    board: Board
    accuracy: float = math.nan


def run(config: Loss, board: Board, digits: Digits, track: Track = untracked) -> Result:
    """One neuron by formula and by descent, then networks that differ in how their loss is coded."""
    config.validate()
    nets = floors.start(digits.train_labels, config.seed)
    write_readme(config, board, digits, nets)
    claims: list[Claim | Bound] = []
    for evidence in one_neuron(config):
        claims += overview.show(board, evidence)
    variants = [build(config, board, i, net) for i, net in enumerate(nets) if math.isfinite(net.coding.floor)]
    steps = two_epochs(digits, config.batch) if config.full else config.steps
    for _ in track(train_and_log(config, nets, variants, digits, steps), "training", steps):
        pass
    for variant in variants:
        overview.close(variant.board, steps, variant.net.losses, variant.accuracy)
    for evidence in networks(config, nets, digits, track):
        claims += overview.show(board, evidence)
    return Result(claims, verdict(claims, variants), diagnosis(nets, digits, steps))


def pins(config: Loss) -> list[cards.Pin]:
    """The cards that answer the question."""
    shown = floors.TAG, logit_curves.LOSS, logit_curves.GRADIENT, slowdown.TAG, saturated_start.TAG
    found: list[cards.Pin] = [("images", tag, ".") for tag in shown]
    return [*found, ("scalars", tags.LOSS_CAPPED, None), ("scalars", tags.ACCURACY, None)]


def write_readme(config: Loss, board: Board, digits: Digits, nets: Sequence[Net]) -> None:
    board.describe(ABOUT | floors.ABOUT)
    board.show(layout.custom_scalars(LAYOUT), layout.experiment(["loss"], overview.FINAL))
    sights = SIGHTS | (FULL_SIGHTS if config.full else {})
    linked = [readme.glance(board, pins(config), "the five pictures that follow, and how the networks train")]
    linked += [(title, sees, links.pictures(tag)) for tag, (title, sees) in sights.items()]
    linked += [("Measured and theory", "losses and floors, one neuron by step", links.custom_scalars())]
    runs = [(run_name(i, net), net.coding.about) for i, net in enumerate(nets) if math.isfinite(net.coding.floor)]
    readme.write(board, linked, runs, digits.source, config)


def one_neuron(config: Loss) -> Iterator[Evidence]:
    """What needs no digits."""
    yield logit_curves.run()
    yield slowdown.run()
    yield equivalence.run(config.seed)


def networks(config: Loss, nets: Sequence[Net], digits: Digits, track: Track) -> Iterator[Evidence]:
    """Where the trained networks' losses ended; a saturated start; with `full`, the published comparison."""
    train, test = (digits.train_images, digits.train_labels), (digits.test_images, digits.test_labels)
    standardized = standardize(train[0]), train[1], standardize(test[0]), test[1]
    yield floors.evidence(nets, *standardized)
    steps = two_epochs(digits, saturated_start.BATCH) if config.full else max(config.steps // 2, 1)
    yield saturated_start.run(*train, *test, steps=steps, seed=config.seed, published=config.full, track=track)
    if config.full:
        steps = two_epochs(digits, square_loss.BATCH)
        yield square_loss.run(*standardized, steps=steps, seed=config.seed, track=track)


def two_epochs(digits: Digits, batch: int) -> int:
    """The steps of a published experiment."""
    return 2 * len(digits.train_labels) // batch


# Train with every coding of the loss, side by side.


def run_name(index: int, net: Net) -> str:
    """`4_softmax_twice`."""
    return f"{index}_{net.coding.name.replace(' ', '_')}"


def build(config: Loss, board: Board, index: int, net: Net) -> Variant:
    """A board for one network. The loss that has no floor gets none: it would flatten all others in their chart."""
    own = board.variant(run_name(index, net))
    own.show(layout.session_start({"loss": net.coding.name}))
    return Variant(run_name(index, net), net, own)


def train_and_log(
    config: Loss, nets: Sequence[Net], variants: Sequence[Variant], digits: Digits, steps: int
) -> Iterator[int]:
    """One step of every network in turn, with its loss; now and then its test accuracy and a picture."""
    images, test = standardize(digits.train_images), (standardize(digits.test_images), digits.test_labels)
    looks = set(spaced(steps))
    training = floors.train_side_by_side(nets, images, digits.train_labels, steps, config.batch, config.lr, config.seed)
    for step in training:
        for variant in variants:
            variant.board.log(
                step, scalars=overview.loss_scalars(variant.net.losses) | {FLOOR: variant.net.coding.floor}
            )
            if step in looks:
                look(variant, step, *test)
        yield step


def look(variant: Variant, step: int, images: Tensor, labels: Tensor) -> None:
    """How much has been learned, and the loss so far above its floor."""
    variant.accuracy = accuracy(variant.net.model, images, labels)
    drawn = {floors.TAG: floors.draw([variant.net])}
    variant.board.log(step, scalars={tags.ACCURACY: variant.accuracy}, pictures=drawn)


def diagnosis(nets: Sequence[Net], digits: Digits, steps: int) -> dict[str, Finding]:
    """What each loss gives away, read as one that is meant to be cross entropy."""
    images, labels = standardize(digits.train_images), digits.train_labels
    counts = labels.bincount().tolist()
    findings: dict[str, Finding] = {}
    for net in nets:
        found = diagnose(losses=net.losses, label_counts=counts, accuracy=accuracy(net.model, images, labels))
        findings |= {f"{net.coding.name}, at step {steps - 1}": finding for finding in found[:1]}
    return findings


def verdict(claims: Sequence[Claim | Bound], variants: Sequence[Variant]) -> str:
    """What the loss decides: how fast a neuron learns, and whether a bug is seen."""
    measured = {claim.name: claim.measured for claim in claims}
    _, squared, cross, _ = (measured[slowdown.until_half_name(lesson)] for lesson in slowdown.LESSONS)
    twice = next(variant for variant in variants if variant.net.coding.name == "softmax twice")
    right = f"{twice.accuracy:.0%}".replace("nan%", "none")
    return (
        f"A neuron that is surely wrong takes {squared:.0f} steps to change its mind with squared error, {cross:.0f} "
        f"with cross entropy. A wrongly coded loss trains too: with softmax applied twice {right} of the test digits "
        f"are named right, and only the loss shows it, which cannot fall below {twice.net.coding.floor:.3f}."
    )

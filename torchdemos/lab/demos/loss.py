"""What is loss? The distance between prediction and truth; how it is coded decides what is learned, and how fast."""

import math
from collections.abc import Iterator, Sequence

from torch import Tensor

from torchdemos.board import Board
from torchdemos.board.layout import session_start
from torchdemos.diagnosis import Finding, History, diagnose
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.codings import Coding, codings
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.demos import display, loss_guesses, loss_page, overview, readme
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.configs import Loss
from torchdemos.lab.demos.display import curve_tag, pinned, pinned_chart
from torchdemos.lab.demos.exhibit import Exhibit, PinnedCards
from torchdemos.lab.demos.loss_guesses import questions as questions
from torchdemos.lab.experiments import equivalence, floors, logit_curves, saturated_start, slowdown, square_loss
from torchdemos.lab.experiments.floors import CodedNetwork
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Result
from torchdemos.lab.training import accuracy
from torchdemos.log import links, tags
from torchdemos.watching.schedules import spaced

FULL_MINUTES = 2.0
FLOOR = curve_tag("loss_and_floor/floor")
ABOUT = {FLOOR: "The value that this loss cannot fall below as it is coded, known before training."}
FIGURES = (
    floors.FIGURE,
    logit_curves.LOSS_FIGURE,
    logit_curves.GRADIENT_FIGURE,
    slowdown.FIGURE,
    saturated_start.FIGURE,
    equivalence.FIGURE,
)
FULL_FIGURES = (square_loss.FIGURE,)


def exhibit(config: Loss) -> Exhibit:
    """What this demo shows."""
    return Exhibit(
        entries=[
            PinnedCards("the five pictures that follow, and how the networks train"),
            *FIGURES,
            *(FULL_FIGURES if config.full else ()),
            readme.Entry("Measured and theory", "losses and floors, one neuron by step", links.custom_scalars()),
        ],
        pins=[*map(pinned, FIGURES[:5]), pinned_chart(tags.LOSS_CAPPED), pinned_chart(tags.ACCURACY)],
        charts={
            "training loss and its floor": {"choose one run: its loss stays above its floor": [tags.LOSS, FLOOR]},
            **display.layout(slowdown.CHARTS),
        },
        hparams=["loss"],
        about=ABOUT,
    )


def introduce(config: Loss, board: Board, digits: Digits) -> None:
    """Write all that is known before the run."""
    found = enumerate(codings(digits.train_labels))
    runs = [(run_name(i, coding), coding.about) for i, coding in found if has_floor(coding)]
    exhibit(config).introduce(board, config, runs, digits.source)


def run(config: Loss, board: Board, digits: Digits, progress: Progress = no_progress) -> Answer:
    """One neuron by formula and by descent, then networks that differ in how their loss is coded."""
    config.validate()
    introduce(config, board, digits)
    networks = floors.start(digits.train_labels, config.seed)
    claims: list[Claim | Bound] = []
    for result in one_neuron(config):
        claims += display.show(board, result)
    steps = two_epochs(digits, config.batch) if config.full else config.steps
    shown = [
        (network, start_run(board, i, network.coding))
        for i, network in enumerate(networks)
        if has_floor(network.coding)
    ]
    for _ in progress(train_and_log(config, networks, shown, digits, steps), "training", steps):
        pass
    for network, own in shown:
        overview.close(own, steps, network.losses, network.accuracy)
    for result in published(config, networks, digits, progress):
        claims += display.show(board, result)
    told = loss_page.told(networks, digits, claims, config.seed)
    found, sketch = findings(networks, digits, steps), loss_page.sketch(networks)
    return Answer(claims, verdict(claims, networks), found, told, sketch, loss_guesses.outcomes(claims))


def one_neuron(config: Loss) -> Iterator[Result]:
    """Experiments that need no digits."""
    yield logit_curves.run()
    yield slowdown.run()
    yield equivalence.run(config.seed)


def published(config: Loss, networks: Sequence[CodedNetwork], digits: Digits, progress: Progress) -> Iterator[Result]:
    """The floors of the trained networks, a saturated start, and with `full` the published comparison."""
    train, test = (digits.train_images, digits.train_labels), (digits.test_images, digits.test_labels)
    standardized = standardize(train[0]), train[1], standardize(test[0]), test[1]
    yield floors.result(networks, *standardized)
    steps = two_epochs(digits, saturated_start.BATCH) if config.full else max(config.steps // 2, 1)
    yield saturated_start.run(*train, *test, steps=steps, seed=config.seed, published=config.full, progress=progress)
    if config.full:
        steps = two_epochs(digits, square_loss.BATCH)
        yield square_loss.run(*standardized, steps=steps, seed=config.seed, progress=progress)


def two_epochs(digits: Digits, batch: int) -> int:
    """The steps of a published experiment."""
    return 2 * len(digits.train_labels) // batch


# Train with every coding of the loss, side by side.

Shown = Sequence[tuple[CodedNetwork, Board]]
"""The networks that have a run of their own, each with its board."""


def has_floor(coding: Coding) -> bool:
    """Whether the network has a run of its own: a loss without a floor would flatten all others in their chart."""
    return math.isfinite(coding.floor)


def run_name(index: int, coding: Coding) -> str:
    """`4_softmax_twice`."""
    return f"{index}_{coding.name.replace(' ', '_')}"


def start_run(board: Board, index: int, coding: Coding) -> Board:
    """A board for one network."""
    own = board.variant(run_name(index, coding))
    own.show(session_start({"loss": coding.name}))
    return own


def train_and_log(
    config: Loss, networks: Sequence[CodedNetwork], shown: Shown, digits: Digits, steps: int
) -> Iterator[int]:
    """Train all networks side by side, log the loss of every step, and now and then test accuracy and a picture."""
    images, test = standardize(digits.train_images), (standardize(digits.test_images), digits.test_labels)
    looks = set(spaced(steps))
    settings = steps, config.batch, config.lr, config.seed
    for step in floors.train_side_by_side(networks, images, digits.train_labels, *settings):
        for network, own in shown:
            own.log(step, scalars=overview.loss_scalars(network.losses) | {FLOOR: network.coding.floor})
            if step in looks:
                log_progress(network, own, step, *test)
        yield step


def log_progress(network: CodedNetwork, own: Board, step: int, images: Tensor, labels: Tensor) -> None:
    """Log how much has been learned, and draw the loss so far above its floor."""
    network.accuracy = accuracy(network.model, images, labels)
    drawn = display.tagged({floors.FIGURE: floors.draw([network])})
    own.log(step, scalars={tags.ACCURACY: network.accuracy}, pictures=drawn)


def findings(networks: Sequence[CodedNetwork], digits: Digits, steps: int) -> dict[str, Finding]:
    """The bug that each loss gives away, if the diagnosis takes the loss for cross entropy."""
    images, labels = standardize(digits.train_images), digits.train_labels
    counts = labels.bincount().tolist()
    found: dict[str, Finding] = {}
    for network in networks:
        share = accuracy(network.model, images, labels)
        losses = list(enumerate(network.losses))
        worst = diagnose(History(losses=losses, label_counts=counts, accuracy=share))[:1]
        found |= {f"{network.coding.name}, at step {steps - 1}": finding for finding in worst}
    return found


def verdict(claims: Sequence[Claim | Bound], networks: Sequence[CodedNetwork]) -> str:
    """What the coding of a loss decides: how fast a neuron learns, and whether a bug is seen."""
    measured = {claim.name: claim.measured for claim in claims}
    _, squared, cross, _ = (measured[slowdown.until_half_name(setup)] for setup in slowdown.SETUPS)
    twice = next(network for network in networks if network.coding.name == "softmax twice")
    right = f"{twice.accuracy:.0%}".replace("nan%", "none")
    return (
        f"A neuron that is surely wrong takes {squared:.0f} steps to change its mind with squared error, {cross:.0f} "
        f"with cross entropy. A wrongly coded loss trains too: with softmax applied twice {right} of the test digits "
        f"are named right, and only the loss shows it, which cannot fall below {twice.coding.floor:.3f}."
    )

"""How are weights initialized? Randomly, and at the scale that carries a signal and its gradient through the depth."""

import math
from collections.abc import Iterator, Sequence
from statistics import fmean

import torch
from torch import Tensor, nn

from torchdemos import pictures
from torchdemos.board import Board
from torchdemos.board.layout import session_start
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.demos import display, initialization_guesses, initialization_page, overview, readme, side_by_side
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.configs import INITS, Initialization
from torchdemos.lab.demos.display import curve_tag, pinned
from torchdemos.lab.demos.exhibit import Exhibit, PinnedCards
from torchdemos.lab.demos.initialization_guesses import questions as questions
from torchdemos.lab.demos.side_by_side import Variant
from torchdemos.lab.experiments import (
    critical,
    depth_split,
    equal_start,
    linear_modes,
    singular_values,
    starts,
    symmetry,
    thousand_layers,
    trainability,
)
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.result import Figure, Result
from torchdemos.lab.theory.loss import label_entropy
from torchdemos.lab.training import accuracy
from torchdemos.log import colours, links, tags
from torchdemos.watching.schedules import spaced
from torchdemos.watching.watch import watch

FULL_MINUTES = 10.0
PROBE_DIGITS = 256  # of a single backward pass
EQUAL_STARTS = ("zero", "constant")  # they have a chart of their own: at most seven runs can be told apart in one
EQUAL_LOSS = curve_tag("equal_weights/loss_capped")
ABOUT = {
    EQUAL_LOSS: "Training loss where all weights start equal: it does not fall below that of one answer for all "
    "digits, ln 10 = 2.303.",
}
LOSSES = Figure(
    "0_loss_by_start",
    title="Who learns",
    caption="one network, eight starts, the loss of each",
    about="Training loss of one network from each start, the mean of some batches, cut off at 4.6. The band is H(y), "
    "the loss of one answer for all digits: it is where equal weights and a vanished signal stay.",
)
FIGURES = (
    LOSSES,
    starts.SIGNAL_MAP_FIGURE,
    starts.SIGNAL_FIGURE,
    starts.GRADIENT_MAP_FIGURE,
    depth_split.LOSS_FIGURE,
    depth_split.VARIANCE_FIGURE,
    symmetry.NEURONS_FIGURE,
    symmetry.LOSS_FIGURE,
    symmetry.TRAVEL_FIGURE,
    critical.FIGURE,
)
FULL_FIGURES = (
    trainability.DEPTH_FIGURE,
    trainability.ACCURACY_FIGURE,
    singular_values.FIGURE,
    linear_modes.FIGURE,
    thousand_layers.FIGURE,
)


def exhibit(config: Initialization) -> Exhibit:
    """What this demo shows."""
    return Exhibit(
        entries=[
            PinnedCards("the loss of every start, and its reasons"),
            readme.Entry("Charts", "the losses again, without smoothing", links.custom_scalars()),
            *FIGURES,
            *(FULL_FIGURES if config.full else ()),
        ],
        pins=[
            pinned(LOSSES),
            pinned(starts.SIGNAL_MAP_FIGURE),
            pinned(starts.GRADIENT_MAP_FIGURE),
            pinned(starts.SIGNAL_FIGURE),
            pinned(depth_split.LOSS_FIGURE),
            pinned(symmetry.NEURONS_FIGURE),
        ],
        charts={
            "loss by start": {"random starts": [tags.LOSS_CAPPED], "equal weights": [EQUAL_LOSS]},
            **display.layout(symmetry.CHARTS),
        },
        hparams=["start"],
        about=ABOUT,
    )


def introduce(config: Initialization, board: Board, digits: Digits) -> None:
    """Write all that is known before the run."""
    runs = [(run_name(start), starts.STARTS[start]) for start in config.inits]
    exhibit(config).introduce(board, config, runs, digits.source)


def run(config: Initialization, board: Board, digits: Digits, progress: Progress = no_progress) -> Answer:
    """Measure what each start does to the signal, train from all starts, then take the reasons apart."""
    config.validate()
    introduce(config, board, digits)
    images, labels = standardize(digits.train_images), digits.train_labels
    test = standardize(digits.test_images), digits.test_labels

    before = starts.run(config.inits, config.depth, config.width, images, labels, config.seed, progress)
    claims = list(display.show(board, before))
    variants = [build(config, board, start, images) for start in config.inits]
    for _ in progress(train_and_log(config, variants, images, labels, test), "training", config.steps):
        pass
    floor = label_entropy(labels.bincount().tolist())
    for where, drawn in ((board, variants), *((variant.board, [variant]) for variant in variants)):
        where.log(0, pictures=display.tagged({LOSSES: draw_losses(drawn, floor)}))
    claims += zero_claims(variants, floor)
    for result in reasons(config, digits, progress):
        claims += display.show(board, result)
    scales = starts.measure_all(config.inits, config.depth, config.width, images, labels, config.seed)
    recorded = equal_start.train(images, labels, *test, config.seed, progress)
    told = initialization_page.told(config, variants, scales, recorded, floor)
    found, sketch = side_by_side.final_findings(variants), initialization_page.sketch(variants)
    outcomes = initialization_guesses.outcomes(claims)
    return Answer(claims, verdict(variants, floor), found, told, sketch, outcomes)


def reasons(config: Initialization, digits: Digits, progress: Progress) -> Iterator[Result]:
    """Show why equal weights do not learn, why the scale decides, and with --full what else was published."""
    images, labels, seed = standardize(digits.train_images), digits.train_labels, config.seed
    data = images, labels, standardize(digits.test_images), digits.test_labels
    steps = 938 if config.full else 469  # two epochs of the full set
    yield symmetry.run(*data, steps=steps, seed=seed, progress=progress)
    yield depth_split.run(*data, seed=seed, progress=progress)
    yield critical.run(images[:PROBE_DIGITS], labels[:PROBE_DIGITS], seed=seed, progress=progress)
    if config.full:
        yield trainability.run(images, labels, seed=seed, progress=progress)
        yield singular_values.run(digits.train_images, labels, seed, progress=progress)
        yield linear_modes.run(digits.train_images, labels, seed, progress=progress)
        yield thousand_layers.run(digits.train_images, labels, seed, progress=progress)


def run_name(start: str) -> str:
    """`5_he`: the starts in the order in which they are told."""
    return f"{INITS.index(start)}_{start}"


# Train one network from every start, side by side.


def build(config: Initialization, board: Board, start: str, images: Tensor) -> Variant:
    """A network from one start, on a board of its own."""
    model = starts.network(start, config.depth, config.width, config.seed, images)
    own = board.variant(run_name(start))
    own.show(session_start({"start": start}))
    optimizer = torch.optim.SGD(model.parameters(), lr=config.lr, momentum=0.9)
    looks = set(spaced(config.steps, 20))
    return Variant(start, model, optimizer, own, watch(model, own, looks.__contains__, nn.Linear, alert=None))


def train_and_log(
    config: Initialization, variants: Sequence[Variant], images: Tensor, labels: Tensor, test: tuple[Tensor, Tensor]
) -> Iterator[int]:
    """Train all variants side by side, and log the loss of every step and the final accuracy."""
    for step in side_by_side.train(variants, images, labels, config.batch, config.steps, config.seed):
        for variant in variants:
            variant.board.log(step, scalars=scalars(variant))
        yield step
    for variant in variants:
        variant.accuracy = accuracy(variant.model, *test)
    side_by_side.close(variants, config.steps)


def scalars(variant: Variant) -> dict[str, float]:
    """The latest loss; equal weights have their capped loss in a chart of their own."""
    found = overview.loss_scalars(variant.losses)
    return found | {EQUAL_LOSS: found.pop(tags.LOSS_CAPPED)} if variant.name in EQUAL_STARTS else found


def draw_losses(variants: Sequence[Variant], floor: float) -> Tensor:
    """Draw the loss of every random start as dots, or of equal ones if there are no others, and H(y) as a band."""
    steps = len(variants[0].losses)
    series: list[pictures.Series] = [("H(y)", [0, steps], [floor, floor], "wide")]
    size = max(steps // 25, 1)
    for variant in [variant for variant in variants if variant.name not in EQUAL_STARTS] or variants:
        means = torch.tensor([overview.capped(loss) for loss in variant.losses]).unfold(0, size, size).mean(1)
        series.append((variant.name, [size * (i + 0.5) for i in range(len(means))], means, "dots"))
    title = "loss by start" if len(variants) > 1 else f"{variants[0].name}: loss"
    return pictures.lines(series, title, "training step", y_limits=(0, 5), colours=colours.MEANINGS | {"H(y)": "faint"})


def zero_claims(variants: Sequence[Variant], floor: float) -> list[Claim | Bound]:
    """Claim that weights of 0 end no lower than one answer for all digits, but for the scatter of the batches."""
    name, source = "zero: mean loss of the last half", "H(y): one answer for all digits"
    halves = [variant.losses[len(variant.losses) // 2 :] for variant in variants if variant.name == "zero"]
    return [Bound(name, source, fmean(losses), low=0.99 * floor) for losses in halves]


def verdict(variants: Sequence[Variant], floor: float) -> str:
    """Where each start ended, in one sentence."""
    ends = ", ".join(f"{variant.name} {percent(variant.accuracy)}" for variant in variants)
    return (
        f"Same network, same digits, same learning rate; only the first numbers differ. Test digits named right after "
        f"{len(variants[0].losses)} steps: {ends}. Guessing gets 10%, at a loss of {floor:.3f}."
    )


def percent(accuracy: float) -> str:
    """`97%`, also for outputs that are not numbers."""
    return f"{accuracy:.0%}" if math.isfinite(accuracy) else "none (not numbers)"

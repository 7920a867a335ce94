"""How are weights initialized? Randomly, and at the scale that carries a signal and its gradient through the depth."""

import math
from collections.abc import Iterator, Sequence
from statistics import fmean

from torchdemos.board import Board
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.demos import display, initialization_guesses, initialization_page, readme, side_by_side
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.configs import Initialization
from torchdemos.lab.demos.display import pinned
from torchdemos.lab.demos.exhibit import Exhibit, PinnedCards
from torchdemos.lab.demos.initialization_guesses import questions as questions
from torchdemos.lab.demos.initialization_training import EQUAL_LOSS, build, draw_losses, run_name, train_and_log
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
from torchdemos.log import links, tags

FULL_MINUTES = 10.0
PROBE_DIGITS = 256  # of a single backward pass
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

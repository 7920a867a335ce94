"""What does the learning rate do? It is the step size, and the curvature of the loss says how large is too large."""

import math
from collections.abc import Mapping, Sequence

from torchdemos.board import Board
from torchdemos.board.layout import session_start
from torchdemos.diagnosis import Finding, History, diagnose
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.data import Digits
from torchdemos.lab.demos import (
    display,
    learning_rate_guesses,
    learning_rate_page,
    learning_rate_pictures,
    overview,
    readme,
)
from torchdemos.lab.demos.answer import Answer
from torchdemos.lab.demos.configs import LearningRate
from torchdemos.lab.demos.display import pinned, pinned_chart
from torchdemos.lab.demos.exhibit import Exhibit, PinnedCards
from torchdemos.lab.demos.learning_rate_guesses import questions as questions
from torchdemos.lab.demos.learning_rate_pictures import LADDER, LOSS_BY_LEARNING_RATE, STEEPEST_DIRECTION
from torchdemos.lab.experiments import catapult, edge_of_stability, ladder, quadratic, range_test, relu_catapult
from torchdemos.lab.experiments.ladder import Rung
from torchdemos.lab.experiments.quadratic import Threshold
from torchdemos.lab.progress import Progress, no_progress
from torchdemos.lab.training import accuracy
from torchdemos.log import links, tags

FULL_MINUTES = 4.0
DIGITS, EDGE_DIGITS, SWEEP_DIGITS = 4000, 1000, 500  # of the default run; each step takes all of them
EDGE_STEPS = 400
FULL_LADDER_STEPS, FULL_EDGE_DIGITS, FULL_EDGE_STEPS, FULL_CATAPULT_DIGITS = 30, 5000, 600, 256
COMPARED_STEPS = 30  # after which the loss of many learning rates is compared

RUNGS = {
    "0_crawl": "far below the threshold: hardly moves",
    "1_good": "half the threshold: along the steepest direction it arrives in one step",
    "2_jump": "just below the threshold: leaps from side to side, and falls",
    "3_diverge": "above the threshold: every leap is longer than the last",
}
PREDICTED_LOSS = display.curve_tag("ladder/predicted_loss_capped")
ABOUT = {
    PREDICTED_LOSS: "The exact loss, cut off like loss_capped. Compare: both must coincide in every run.",
    tags.LOSS: "Half the squared distance to the targets, averaged over all digits; 0.5 is the start, where all "
    "weights are 0. A run that is not finite disappears from this chart: see loss_capped.",
    tags.LOSS_CAPPED: "The loss (0.5 at the start), cut off at 4.6 and drawn there once it is not finite, so that a "
    "diverged run stays in sight.",
}


def exhibit(config: LearningRate) -> Exhibit:
    """What this demo shows."""
    return Exhibit(
        entries=[
            PinnedCards("the ladder, the wall, the edge, the catapult"),
            LADDER,
            STEEPEST_DIRECTION,
            LOSS_BY_LEARNING_RATE,
            edge_of_stability.FIGURE,
            catapult.FIGURE,
            range_test.LOSS_FIGURE,
            readme.Entry("Measured and predicted", "the charts, without smoothing", links.custom_scalars()),
        ],
        pins=[
            pinned(LADDER),
            pinned_chart(tags.LOSS_CAPPED),
            pinned(LOSS_BY_LEARNING_RATE),
            pinned(edge_of_stability.FIGURE),
            pinned(catapult.FIGURE),
            pinned(range_test.LOSS_FIGURE),
        ],
        charts={
            "the ladder": {"loss, measured and predicted": [tags.LOSS_CAPPED, PREDICTED_LOSS]},
            **display.layout(edge_of_stability.CHARTS),
        },
        hparams=["learning_rate", "of_threshold"],
        about=ABOUT,
    )


def introduce(config: LearningRate, board: Board, digits: Digits) -> None:
    """Write all that is known before the run."""
    multiples = zip(RUNGS.items(), config.ladder, strict=True)
    runs = [(name, f"{multiple:g} of the threshold. {about.capitalize()}") for (name, about), multiple in multiples]
    exhibit(config).introduce(board, config, runs, digits.source)


def run(config: LearningRate, board: Board, digits: Digits, progress: Progress = no_progress) -> Answer:
    """Predict where training diverges, search that rate, climb past it, then see what real networks do there."""
    config.validate()
    introduce(config, board, digits)
    images, labels = digits.train_images[:DIGITS], digits.train_labels[:DIGITS]

    thresholds = quadratic.thresholds(images, labels, progress)
    show_loss_by_learning_rate(board, thresholds)
    raw, inputs = thresholds[0].bowl, quadratic.pixels(images, "raw")
    trained = ladder.train(raw, inputs, labels, config.ladder, config.steps, progress)
    rungs = dict(zip(RUNGS, trained, strict=True))
    show_ladder(config, board, rungs, digits)
    claims: list[Claim | Bound] = [
        *(threshold.claim(len(images)) for threshold in thresholds),
        ladder.curves_claim(trained, len(images)),
    ]

    few = images[:EDGE_DIGITS], labels[:EDGE_DIGITS]
    at_edge = edge_of_stability.run(*few, config.lr, EDGE_STEPS, config.seed, progress)
    claims += display.show(board, at_edge)
    claims += display.show(board, catapult.run(config.seed, images.device, progress))
    claims += display.show(board, range_test.run(images[:SWEEP_DIGITS], labels[:SWEEP_DIGITS], config.seed, progress))
    if config.full:
        claims += run_full(config, board, digits, progress)
    settled = all(claim.holds for claim in at_edge.claims)
    told = learning_rate_page.tell(config.ladder, thresholds, rungs, at_edge, config.lr, len(images))
    sketch = learning_rate_page.sketch(config.ladder, rungs)
    outcomes = learning_rate_guesses.outcomes(config, claims)
    return Answer(claims, verdict(config, thresholds, rungs, settled), findings(rungs), told, sketch, outcomes)


def run_full(config: LearningRate, board: Board, digits: Digits, progress: Progress) -> list[Claim | Bound]:
    """Run the same at the published sizes, in a run of its own, and the catapult of a ReLU network."""
    own, images, labels = board.variant("full"), digits.train_images, digits.train_labels
    thresholds = quadratic.thresholds(images, labels, progress)
    inputs = quadratic.pixels(images, "raw")
    rungs = ladder.train(thresholds[0].bowl, inputs, labels, config.ladder, FULL_LADDER_STEPS, progress)
    few, fewer = slice(FULL_EDGE_DIGITS), slice(FULL_CATAPULT_DIGITS)
    at_edge = edge_of_stability.run(images[few], labels[few], config.lr, FULL_EDGE_STEPS, config.seed, progress)
    relu = relu_catapult.run(images[fewer], labels[fewer], config.seed, progress)
    return [
        *(threshold.claim(len(images)) for threshold in thresholds),
        ladder.curves_claim(rungs, len(images)),
        *display.show(own, at_edge),
        *display.show(own, relu),
    ]


def show_loss_by_learning_rate(board: Board, thresholds: Sequence[Threshold]) -> None:
    """Show the loss after a few steps by learning rate, for each kind of pixels."""
    losses = {threshold.kind: quadratic.losses_by_rate(threshold.bowl, COMPARED_STEPS) for threshold in thresholds}
    image = learning_rate_pictures.draw_loss_by_learning_rate(losses, COMPARED_STEPS)
    board.log(0, pictures=display.tagged({LOSS_BY_LEARNING_RATE: image}))


def show_ladder(config: LearningRate, board: Board, rungs: Mapping[str, Rung], digits: Digits) -> None:
    """Show all rungs in two figures, and each in a run of its own: measured and exact losses, final accuracy."""
    together = {
        LADDER: learning_rate_pictures.draw_ladder(rungs),
        STEEPEST_DIRECTION: learning_rate_pictures.draw_steepest_direction(rungs),
    }
    board.log(0, pictures=display.tagged(together))
    test = quadratic.pixels(digits.test_images, "raw"), digits.test_labels
    for (name, rung), multiple in zip(rungs.items(), config.ladder, strict=True):
        own = board.variant(name)
        own.show(session_start({"learning_rate": rung.learning_rate, "of_threshold": multiple}))
        own.log(0, pictures=display.tagged({LADDER: learning_rate_pictures.draw_rung(name, rung)}))
        first = rung.measured[0]
        for step, (measured, predicted) in enumerate(zip(rung.measured, rung.predicted, strict=True)):
            exact = overview.loss_scalars([first, predicted])[tags.LOSS_CAPPED]
            own.log(step, scalars=overview.loss_scalars([first, measured]) | {PREDICTED_LOSS: exact})
        overview.close(own, len(rung.measured), rung.measured, accuracy(rung.model, *test))


def findings(rungs: Mapping[str, Rung]) -> dict[str, Finding]:
    """What the diagnosis says of each rung's losses."""
    histories = {name: History(losses=list(enumerate(rung.measured))) for name, rung in rungs.items()}
    return {name: finding for name, history in histories.items() for finding in diagnose(history)[:1]}


def verdict(config: LearningRate, thresholds: Sequence[Threshold], rungs: Mapping[str, Rung], settled: bool) -> str:
    """Where training had to diverge, where it did, and how each rung ended."""
    raw, centred = thresholds[0], thresholds[1]
    ends = ", ".join(
        f"{name[2:]} ({multiple:g} of it) {_ended(rung)}"
        for (name, rung), multiple in zip(rungs.items(), config.ladder, strict=True)
    )
    summary = (
        f"The pixels alone said that training diverges above a learning rate of {raw.bowl.threshold:.4g}: it fell at "
        f"{raw.found.falls:.4g} and rose at {raw.found.rises:.4g} (with centred pixels: {centred.found.middle:.3g}). "
        f"From a loss of {next(iter(rungs.values())).measured[0]:.2g}, {ends}."
    )
    if settled:
        return f"{summary} A real network sharpened until 2/{config.lr:g} and stayed there."
    return f"{summary} At --lr {config.lr:g} the network did not settle at its edge in {EDGE_STEPS} steps."


def _ended(rung: Rung) -> str:
    end = rung.measured[-1]
    return f"ended at {end:.3g}" if math.isfinite(end) else "left the range of numbers"

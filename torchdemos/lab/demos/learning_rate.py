"""What does the learning rate do? It is the step size, and the curvature of the loss says how large is too large."""

import math
from collections.abc import Mapping, Sequence

from torchdemos import diagnosis
from torchdemos.board import Board, layout
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.data import Digits
from torchdemos.lab.demos import learning_rate_pictures, overview, readme
from torchdemos.lab.demos.configs import LearningRate
from torchdemos.lab.demos.result import Result
from torchdemos.lab.evidence import Track, untracked
from torchdemos.lab.experiments import catapult, edge_of_stability, quadratic, range_test
from torchdemos.lab.experiments.quadratic import Rung, Threshold
from torchdemos.lab.training import accuracy
from torchdemos.log import cards, links, tags

TAB = "timeseries"
FULL_MINUTES = 4.0
DIGITS, EDGE_DIGITS, SWEEP_DIGITS = 4000, 1000, 500  # of the default run; each step is over all of them
EDGE_STEPS = 400
FULL_LADDER_STEPS, FULL_EDGE_DIGITS, FULL_EDGE_STEPS, FULL_CATAPULT_DIGITS = 30, 5000, 600, 256
WALL_STEPS = 30  # after which the loss is compared between learning rates

RUNGS = {
    "0_crawl": "far below the threshold: hardly moves",
    "1_good": "half the threshold: along the steepest direction it arrives in one step",
    "2_jump": "just below the threshold: leaps from side to side, and falls",
    "3_diverge": "above the threshold: every leap is longer than the last",
}
LADDER = f"{tags.PICTURE}/1_ladder"
SWINGS = f"{tags.PICTURE}/2_steepest_direction"
WALL = f"{tags.PICTURE}/3_loss_by_learning_rate"
PREDICTED = "2_ladder/predicted_loss_capped"
ABOUT = {
    LADDER: "Loss by step. Bands: the exact loss, known before training from the pixels' second moments. Dots: "
    "measured. Just above the threshold 2 / lambda the loss turns and leaves at the top.",
    SWINGS: "Distance to the minimum along the direction of largest curvature, 1 at the start: dots measured, lines "
    "exact. A step multiplies it by 1 - 2 x the learning rate in units of the threshold.",
    WALL: "Loss after a few steps by learning rate, exact (bands) and measured (dots). Each wall stands at "
    "2 / lambda of its pixels: subtracting each pixel's mean moves it to larger steps.",
    PREDICTED: "The exact loss, cut off like loss_capped. Compare: both must coincide in every run.",
    tags.LOSS: "Half the squared distance to the targets, averaged over all digits; 0.5 is the start, where all "
    "weights are 0. A run that is not finite disappears from this chart: see loss_capped.",
    tags.LOSS_CAPPED: "The loss (0.5 at the start), cut off at 4.6 and drawn there once it is not finite, so that a "
    "diverged run stays in sight.",
}
LAYOUT: dict[str, cards.Charts] = {
    "the ladder": {"loss, measured and predicted": [tags.LOSS_CAPPED, PREDICTED]},
    "the edge of stability": {
        "sharpness and 2 / learning rate": [f"{edge_of_stability.GROUP}/{part}" for part in ("sharpness", "edge")],
        "loss at the edge and below it": [f"{edge_of_stability.GROUP}/{part}" for part in ("loss", "loss_control")],
    },
}


def run(config: LearningRate, board: Board, digits: Digits, track: Track = untracked) -> Result:
    """Predict where training diverges, search it, climb past it, then see what real networks do there."""
    config.validate()
    board.describe(ABOUT)
    write_readme(config, board, digits)
    images, labels = digits.train_images[:DIGITS], digits.train_labels[:DIGITS]

    thresholds = quadratic.thresholds(images, labels, track)
    draw_wall(board, thresholds)
    raw, inputs = thresholds[0].bowl, quadratic.pixels(images, "raw")
    climbed = quadratic.climb(raw, inputs, labels, config.ladder, config.steps, track)
    rungs = dict(zip(RUNGS, climbed, strict=True))
    log_ladder(config, board, rungs, digits)
    claims: list[Claim | Bound] = [
        *(threshold.claim(len(images)) for threshold in thresholds),
        quadratic.curves_claim(climbed, len(images)),
    ]

    few = images[:EDGE_DIGITS], labels[:EDGE_DIGITS]
    at_edge = edge_of_stability.run(*few, config.lr, EDGE_STEPS, config.seed, track)
    claims += overview.show(board, at_edge)
    claims += overview.show(board, catapult.run(config.seed, images.device, track))
    claims += overview.show(board, range_test.run(images[:SWEEP_DIGITS], labels[:SWEEP_DIGITS], config.seed, track))
    if config.full:
        claims += run_full(config, board, digits, track)
    settled = all(claim.holds for claim in at_edge.claims)
    return Result(claims, verdict(config, thresholds, rungs, settled), findings(rungs))


def run_full(config: LearningRate, board: Board, digits: Digits, track: Track) -> list[Claim | Bound]:
    """The same at the published sizes, in a run of its own; and the catapult of a ReLU network."""
    own, images, labels = board.variant("full"), digits.train_images, digits.train_labels
    thresholds = quadratic.thresholds(images, labels, track)
    inputs = quadratic.pixels(images, "raw")
    rungs = quadratic.climb(thresholds[0].bowl, inputs, labels, config.ladder, FULL_LADDER_STEPS, track)
    few, fewer = slice(FULL_EDGE_DIGITS), slice(FULL_CATAPULT_DIGITS)
    at_edge = edge_of_stability.run(images[few], labels[few], config.lr, FULL_EDGE_STEPS, config.seed, track)
    relu = catapult.run_relu(images[fewer], labels[fewer], config.seed, track)
    return [
        *(threshold.claim(len(images)) for threshold in thresholds),
        quadratic.curves_claim(rungs, len(images)),
        *overview.show(own, at_edge),
        *overview.show(own, relu),
    ]


def pins(config: LearningRate) -> list[cards.Pin]:
    """The cards that answer the question."""
    return [
        ("images", LADDER, "."),
        ("scalars", tags.LOSS_CAPPED, None),
        ("images", WALL, "."),
        ("images", edge_of_stability.PICTURE, "."),
        ("images", catapult.PICTURE, "."),
        ("images", range_test.LOSS_PICTURE, "."),
    ]


def write_readme(config: LearningRate, board: Board, digits: Digits) -> None:
    sights = [
        readme.glance(board, pins(config), "the ladder, the wall, the edge, the catapult"),
        ("The ladder", "four learning rates, measured on the exact curve", links.pictures(LADDER)),
        ("Why", "the way to the minimum along the steepest direction", links.pictures(SWINGS)),
        ("The wall", "the loss by learning rate, for three kinds of pixels", links.pictures(WALL)),
        ("The edge of stability", "sharpness that stays at 2/lr", links.pictures(edge_of_stability.PICTURE)),
        ("The catapult", "above 2/sharpness, and yet no divergence", links.pictures(catapult.PICTURE)),
        ("The range test", "how to find a learning rate", links.pictures(range_test.LOSS_PICTURE)),
        ("Measured and predicted", "the charts, without smoothing", links.custom_scalars()),
    ]
    multiples = zip(RUNGS.items(), config.ladder, strict=True)
    runs = [(name, f"{multiple:g} of the threshold. {about.capitalize()}") for (name, about), multiple in multiples]
    board.show(layout.custom_scalars(LAYOUT), layout.experiment(["learning_rate", "of_threshold"], overview.FINAL))
    readme.write(board, sights, runs, digits.source, config)


def draw_wall(board: Board, thresholds: Sequence[Threshold]) -> None:
    """The loss after a few steps against the learning rate, for each kind of pixels."""
    kinds = {threshold.kind: quadratic.reached(threshold.bowl, WALL_STEPS) for threshold in thresholds}
    board.log(0, pictures={WALL: learning_rate_pictures.by_learning_rate(kinds, WALL_STEPS)})


def log_ladder(config: LearningRate, board: Board, rungs: Mapping[str, Rung], digits: Digits) -> None:
    """All rungs in two pictures, and each in a run of its own: its losses, the exact ones, how well it reads."""
    board.log(0, pictures={LADDER: learning_rate_pictures.ladder(rungs), SWINGS: learning_rate_pictures.swings(rungs)})
    test = quadratic.pixels(digits.test_images, "raw"), digits.test_labels
    for (name, rung), multiple in zip(rungs.items(), config.ladder, strict=True):
        own = board.variant(name)
        own.show(layout.session_start({"learning_rate": rung.learning_rate, "of_threshold": multiple}))
        own.log(0, pictures={LADDER: learning_rate_pictures.rung(name, rung)})
        first = rung.measured[0]
        for step, (measured, predicted) in enumerate(zip(rung.measured, rung.predicted, strict=True)):
            exact = overview.loss_scalars([first, predicted])[tags.LOSS_CAPPED]
            own.log(step, scalars=overview.loss_scalars([first, measured]) | {PREDICTED: exact})
        overview.close(own, len(rung.measured), rung.measured, accuracy(rung.model, *test))


def findings(rungs: Mapping[str, Rung]) -> dict[str, diagnosis.Finding]:
    """Which rungs the diagnosis calls diverged."""
    found = {name: diagnosis.diverged(rung.measured) for name, rung in rungs.items()}
    return {name: finding for name, finding in found.items() if finding is not None}


def verdict(config: LearningRate, thresholds: Sequence[Threshold], rungs: Mapping[str, Rung], settled: bool) -> str:
    """Where training had to diverge and did, and what each rung did."""
    raw, centred = thresholds[0], thresholds[1]
    ends = ", ".join(
        f"{name[2:]} ({multiple:g} of it) {_ended(rung)}"
        for (name, rung), multiple in zip(rungs.items(), config.ladder, strict=True)
    )
    said = (
        f"The pixels alone said that training diverges above a learning rate of {raw.bowl.threshold:.4g}: it fell at "
        f"{raw.found.falls:.4g} and rose at {raw.found.rises:.4g} (with centred pixels: {centred.found.middle:.3g}). "
        f"From a loss of {next(iter(rungs.values())).measured[0]:.2g}, {ends}."
    )
    if settled:
        return f"{said} A real network sharpened until 2/{config.lr:g} and stayed there."
    return f"{said} At --lr {config.lr:g} the network did not settle at its edge in {EDGE_STEPS} steps."


def _ended(rung: Rung) -> str:
    end = rung.measured[-1]
    return f"ended at {end:.3g}" if math.isfinite(end) else "left the range of numbers"

"""The figures of the ladder: the loss by step and by learning rate, and the way along the steepest direction."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from torchdemos import pictures
from torchdemos.lab.experiments.ladder import Rung
from torchdemos.lab.experiments.quadratic import LossAtRate
from torchdemos.lab.result import Figure
from torchdemos.log import colours

MAX_DOTS = 30  # of each rung, so that the exact curve stays in sight behind them
STEEPEST_STEPS = 13  # shown of the way along the steepest direction
LADDER = Figure(
    "1_ladder",
    title="The ladder",
    caption="four learning rates, measured on the exact curve",
    about="Loss by step. Bands: the exact loss, known before training from the pixels' second moments. Dots: "
    "measured. Just above the threshold 2 / lambda the loss turns and leaves at the top.",
)
STEEPEST_DIRECTION = Figure(
    "2_steepest_direction",
    title="Why",
    caption="the way to the minimum along the steepest direction",
    about="Distance to the minimum along the direction of largest curvature, 1 at the start: dots measured, lines "
    "exact. A step multiplies it by 1 - 2 x the learning rate in units of the threshold.",
)
LOSS_BY_LEARNING_RATE = Figure(
    "3_loss_by_learning_rate",
    title="The wall",
    caption="the loss by learning rate, for three kinds of pixels",
    about="Loss after a few steps by learning rate, exact (bands) and measured (dots). Each wall stands at "
    "2 / lambda of its pixels: subtracting each pixel's mean moves it to larger steps.",
)


def draw_ladder(rungs: Mapping[str, Rung]) -> Tensor:
    """Draw the loss by step, all rungs on one scale, which a rung that diverges leaves at the top."""
    first, lowest = next(iter(rungs.values())).predicted[0], min(min(rung.predicted) for rung in rungs.values())
    series = [part for name, rung in rungs.items() for part in _losses(name[2:], rung)]
    limits = lowest / 1.2, first * 5
    return _by_step(series, "loss: dots on the exact curve", limits)


def draw_rung(name: str, rung: Rung) -> Tensor:
    """Draw the loss of one rung by step, on a scale of its own."""
    label = "loss, on a scale of its own"
    own = {label: colours.MEANINGS[name[2:]]}
    return _by_step(_losses(label, rung), f"{name}: lr {rung.learning_rate:.4g}", shades=own)


def draw_steepest_direction(rungs: Mapping[str, Rung]) -> Tensor:
    """Draw the distance to the minimum along the steepest direction, in the first few steps."""
    series: list[pictures.Series] = []
    for name, rung in rungs.items():
        exact, measured = rung.exact_distance[:STEEPEST_STEPS], rung.distance[:STEEPEST_STEPS]
        steps = range(len(measured))
        series += [(name[2:], steps, exact, "line"), (name[2:], steps, measured, "dots")]
    title = "steepest direction: distance to minimum"
    return pictures.lines(series, title, "training step", y_limits=(-2.5, 2.5), colours=colours.MEANINGS)


def draw_loss_by_learning_rate(losses: Mapping[str, Sequence[LossAtRate]], steps: int) -> Tensor:
    """Draw the loss after a few steps by learning rate: a slope, a bottom and a wall for each kind of pixels."""
    series: list[pictures.Series] = []
    for kind, points in losses.items():
        rates = [point.learning_rate for point in points]
        series += [
            (kind, rates, [point.predicted for point in points], "wide"),
            (kind, rates, [point.measured for point in points], "dots"),
        ]
    title = f"loss after {steps} steps, by pixels"
    return pictures.lines(
        series,
        title,
        "learning rate",
        y_limits=(0.15, 1.0),
        log_x=True,
        log_y=True,
    )


def _losses(name: str, rung: Rung) -> list[pictures.Series]:
    every = max(1, len(rung.measured) // MAX_DOTS)
    steps = range(len(rung.measured))
    return [(name, steps, rung.predicted, "wide"), (name, steps[::every], rung.measured[::every], "dots")]


def _by_step(
    series: Sequence[pictures.Series],
    title: str,
    limits: tuple[float, float] | None = None,
    shades: Mapping[str, str] = colours.MEANINGS,
) -> Tensor:
    return pictures.lines(series, title, "training step", y_limits=limits, log_y=True, colours=shades)

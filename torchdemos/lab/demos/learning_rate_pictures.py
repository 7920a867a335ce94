"""The pictures of the ladder: the loss by step and by learning rate, and the swing along the steepest direction."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from torchdemos import pictures
from torchdemos.lab.experiments.quadratic import Reached, Rung

DOTS = 30  # measured points of each rung, so that the exact curve stays in sight behind them
SWINGS = 13  # steps of which the swing is shown


def ladder(rungs: Mapping[str, Rung]) -> Tensor:
    """The loss by step, all rungs on one scale, from which divergence drops out at the top."""
    first, lowest = next(iter(rungs.values())).predicted[0], min(min(rung.predicted) for rung in rungs.values())
    series = [part for name, rung in rungs.items() for part in _losses(name[2:], rung)]
    limits = lowest / 1.2, first * 5
    return _by_step(series, "loss: dots on the exact curve", limits)


def rung(name: str, rung: Rung) -> Tensor:
    """One rung on a scale of its own."""
    return _by_step(_losses("loss, on a scale of its own", rung), f"{name}: lr {rung.learning_rate:.4g}")


def swings(rungs: Mapping[str, Rung]) -> Tensor:
    """The distance to the minimum along the steepest direction, in the first few steps."""
    series: list[pictures.Series] = []
    for name, rung in rungs.items():
        steps = range(len(rung.swing[:SWINGS]))
        series += [(name[2:], steps, rung.exact_swing[:SWINGS], "line"), (name[2:], steps, rung.swing[:SWINGS], "dots")]
    title = "steepest direction: distance to minimum"
    return pictures.lines(series, title, "training step", y_limits=(-2.5, 2.5))


def by_learning_rate(kinds: Mapping[str, Sequence[Reached]], steps: int) -> Tensor:
    """The loss after a few steps by learning rate: a slope, a bottom and a wall for each kind of pixels."""
    series: list[pictures.Series] = []
    for kind, all_reached in kinds.items():
        rates = [one.learning_rate for one in all_reached]
        series += [
            (kind, rates, [one.predicted for one in all_reached], "wide"),
            (kind, rates, [one.measured for one in all_reached], "dots"),
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
    every = max(1, len(rung.measured) // DOTS)
    steps = range(len(rung.measured))
    return [(name, steps, rung.predicted, "wide"), (name, steps[::every], rung.measured[::every], "dots")]


def _by_step(series: Sequence[pictures.Series], title: str, limits: tuple[float, float] | None = None) -> Tensor:
    return pictures.lines(series, title, "training step", y_limits=limits, log_y=True)

"""Every number of a look that a chart can show, under its tag; 0 and what is not finite have no place on a log axis."""

import math
from collections.abc import Iterator, Sequence
from statistics import median

from torchdemos.log import tags
from torchdemos.watching.look import Look
from torchdemos.watching.look_names import LookNames

ROUNDING = 1e-4  # by which two norms of the same gradients may differ
OF_UNITS = ("dead_units", "saturated_units")
ONLY_IF_ANY = ("long_dead", "equal_units")
NORMS = ("norm", "grad_norm", "added_grad_norm")
SUMMARY = ("min", "median", "max", "first_over_last")


class LookScalars:
    """Tags the numbers of one model's looks, and counts the looks whose gradients were clipped."""

    def __init__(self, names: LookNames) -> None:
        self._names = names
        self._comparable_looks = self._clipped_looks = 0

    def of(self, look: Look) -> Iterator[tuple[str, float]]:
        """The numbers of a look, each with its tag."""
        if look.loss is not None:
            yield tags.LOSS, look.loss
        for key, statistics in look.activations.items():
            yield from _of_output(self._names.layers[key], statistics)
        for key, statistics in look.gradients.items():
            yield from _of_gradient(self._names.layers[key], statistics)
        for name, statistics in look.parameters.items():
            yield from _of_parameter(self._names.parameters[name], statistics)
        for end, statistics in (("given", look.given), ("answer", look.answer)):
            yield from ((f"{tags.ENDS}/{end}_{statistic}", value) for statistic, value in statistics.items())
        yield from ((f"{tags.OPTIMIZER}/{setting}", value) for setting, value in look.optimizer.items())
        yield from self._totals(look)
        yield from _summary(look)

    def _totals(self, look: Look) -> Iterator[tuple[str, float]]:
        """All gradients together: as the step took them, as they were before clipping, as backward added them."""
        taken, unclipped = look.gradient_norm, look.unclipped_gradient_norm
        if taken is not None:
            yield from _total("total", taken)
        if look.added_gradient_norm is not None:
            yield from _total("total_added", look.added_gradient_norm)
        if look.left_over_gradient_norm is not None:
            yield from _total("total_left_over", look.left_over_gradient_norm)
        if taken is not None and unclipped is not None:
            self._comparable_looks += 1
            self._clipped_looks += taken < (1 - ROUNDING) * unclipped
            yield from _total("total_unclipped", unclipped)
            yield f"{tags.GRADIENT_SUMMARY}/clipped_share", self._clipped_looks / self._comparable_looks


def _of_output(layer: str, statistics: dict[str, float]) -> Iterator[tuple[str, float]]:
    for name, value in statistics.items():
        if (name in OF_UNITS and math.isnan(value)) or (name in ONLY_IF_ANY and not value > 0):
            continue
        if name != "finite_fraction":
            yield f"{tags.ACTIVATION_STATISTIC}_{name}/{layer}", value
        elif value < 1:
            yield f"{tags.NONFINITE}/{layer}", 1 - value


def _of_gradient(layer: str, statistics: dict[str, float]) -> Iterator[tuple[str, float]]:
    yield from _logarithm(f"{tags.GRADIENT_NORM}/{layer}", statistics["norm"])
    yield from _logarithm(f"{tags.GRADIENT_NORM}_abs_max/{layer}", statistics["abs_max"])
    if not math.isfinite(statistics["norm"]):
        yield f"{tags.NONFINITE_GRADIENT}/{layer}", 1.0
    elif statistics["norm"] == 0:
        yield f"{tags.ZERO_GRADIENT}/{layer}", 1.0


def _of_parameter(name: str, statistics: dict[str, float]) -> Iterator[tuple[str, float]]:
    for statistic, value in statistics.items():
        group = f"{tags.PARAMETER}_{statistic}"
        if statistic in NORMS:
            yield from _marked(group, f"/{name}", value)
        yield from _logarithm(f"{group}_log10/{name}", value)
    if statistics.get("update_ratio") == 0:
        yield f"{tags.UNCHANGED}/{name}", 1.0


def _total(part: str, value: float) -> Iterator[tuple[str, float]]:
    yield from _logarithm(f"{tags.GRADIENT_SUMMARY}/{part}", value)
    yield from _marked(f"{tags.GRADIENT_SUMMARY}/{part}", "", value)


def _marked(tag: str, end: str, value: float) -> Iterator[tuple[str, float]]:
    """A mark beside the tag of a logarithm where there is none."""
    if value == 0:
        yield f"{tag}_zero{end}", 1.0
    elif not math.isfinite(value):
        yield f"{tag}_nonfinite{end}", 1.0


def _summary(look: Look) -> Iterator[tuple[str, float]]:
    """The layers' log10 gradient norms at a glance."""
    logs = [math.log10(norm) for g in look.gradients.values() if 0 < (norm := g["norm"]) < math.inf]
    found: Sequence[float] = (min(logs), median(logs), max(logs), logs[0] - logs[-1]) if logs else ()
    for part, value in zip(SUMMARY, found, strict=False):
        yield f"{tags.GRADIENT_SUMMARY}/{part}", value


def _logarithm(tag: str, value: float) -> Iterator[tuple[str, float]]:
    """log10 under a tag, if the value has one."""
    if 0 < value < math.inf:
        yield tag, math.log10(value)

"""A look as TensorBoard shows it: which number goes under which tag."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median

from torchdemos.log import tags
from torchdemos.stats import MEASURED
from torchdemos.watching.look import SIZE, Bins, Names, Numbers, Reading, total, update_ratios

FINITE = MEASURED.index("finite_fraction")
SUMMARY = ("min", "median", "max", "first_over_last")
SETS = 64  # of names whose tags are kept: a model may have another each time it is called


class Entries:
    """Which number of a look goes under which tag, worked out once for each set of names."""

    def __init__(self) -> None:
        self._numbered: dict[str, str] = {}
        self._tags: dict[Names, list[str]] = {}

    def scalars(self, reading: Reading) -> Numbers:
        """{tag: value} of one look; what has no place on a log axis is left out: a gap in the chart."""
        outputs, saturated, gradients, norm, grad_norm, moved = reading.columns()
        found: list[float | None] = [*outputs, *saturated]
        finite = slice(FINITE, len(outputs), len(MEASURED))
        found[finite] = [1 - share if share < 1 else None for share in outputs[finite]]
        logs = [log10(size) for size in (*gradients, *norm, *grad_norm)]
        of_layers = [log for log in logs[: len(gradients) : len(SIZE)] if log is not None]
        broken = [None if math.isfinite(size) else 1.0 for size in gradients[:: len(SIZE)]]
        found += [*logs, *broken, log10(total(grad_norm)), *_summary(of_layers)]
        found += [log10(ratio) for ratio in update_ratios(reading.names, norm, moved)]
        tagged = zip(self._tags_of(reading.names), found, strict=True)
        return {tag: value for tag, value in tagged if value is not None}

    def histograms(self, reading: Reading) -> dict[str, Bins]:
        """{tag: (counts, edges)} of one look."""
        drawn = {f"{tags.ACTIVATION}/{self._numbered[key]}": bins for key, bins in reading.histograms.items()}
        return profiles(reading) | drawn

    def _tags_of(self, names: Names) -> list[str]:
        usual = names._replace(moved=())  # those of `moved` are others at each look
        if usual not in self._tags:
            for key in names.outputs:
                self._numbered.setdefault(key, tags.layer(len(self._numbered), key, len(names.outputs)))
            if len(self._tags) == SETS:
                self._tags.clear()
            self._tags[usual] = list(_tags(names, self._numbered))
        return self._tags[usual] + [f"{tags.PARAMETER}_update_ratio_log10/{tags.clean(name)}" for name in names.moved]


def _tags(names: Names, numbered: Mapping[str, str]) -> Iterator[str]:
    """In the order of the values in `Entries.scalars`, up to those of `names.moved`."""
    groups = [f"{tags.ACTIVATION_STATISTIC}_{statistic}" for statistic in MEASURED]
    groups[FINITE] = tags.NONFINITE
    for key in names.outputs:
        yield from (f"{group}/{numbered[key]}" for group in groups)
    yield from (f"{tags.ACTIVATION_STATISTIC}_saturated_units/{numbered[key]}" for key in names.saturating)
    for key in names.gradients:
        yield f"{tags.GRADIENT_NORM}/{numbered[key]}"
        yield f"{tags.GRADIENT_NORM}_abs_max/{numbered[key]}"
    yield from (f"{tags.PARAMETER}_norm_log10/{tags.clean(name)}" for name in names.norm)
    yield from (f"{tags.PARAMETER}_grad_norm_log10/{tags.clean(name)}" for name in names.grad_norm)
    yield from (f"{tags.NONFINITE}_grad/{numbered[key]}" for key in names.gradients)
    yield from (f"{tags.GRADIENT_SUMMARY}/{part}" for part in ("total", *SUMMARY))


def _summary(logs: Sequence[float]) -> Sequence[float | None]:
    """Of the layers' log10 gradient norms what is named in SUMMARY."""
    if not logs:
        return [None] * len(SUMMARY)
    return min(logs), median(logs), max(logs), logs[0] - logs[-1]


def profiles(reading: Reading) -> dict[str, Bins]:
    """{tag: histogram} in which bar i is layer i: gradient norm and spread of the outputs, by depth."""
    _, _, gradients, *_ = reading.columns()
    bars = {tags.GRADIENT_PROFILE: gradients[:: len(SIZE)], tags.ACTIVATION_PROFILE: reading.of_outputs("std")}
    return {tag: bins for tag, values in bars.items() if (bins := profile(values))}


def profile(values: Iterable[float]) -> Bins | None:
    """One bar a value, relative to the largest; None if there is nothing finite to draw."""
    bars = [value if math.isfinite(value) else 0.0 for value in values]
    largest = max(bars, default=0.0)
    return ([bar / largest for bar in bars], [float(i) for i in range(len(bars) + 1)]) if largest > 0 else None


def log10(value: float) -> float | None:
    """Logarithm of a positive finite number; None for what has no place on a log axis."""
    return math.log10(value) if 0 < value < math.inf else None

"""A look as TensorBoard shows it: which number goes under which tag."""

import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from torchdemos.board import layout, links, tags
from torchdemos.look import OUTPUT, SIZE, Bins, Names, Numbers, Reading, Values, total

FINITE = OUTPUT.index("finite_fraction")
SUMMARY = ("min", "median", "max", "first_over_last")
LAYOUT: dict[str, layout.Charts] = {
    "gradient norm by depth": {
        "all layers, log10": [f"{tags.GRADIENT_NORM}/.*"],
        "median, smallest and largest layer, log10": (
            f"{tags.GRADIENT_SUMMARY}/median",
            f"{tags.GRADIENT_SUMMARY}/min",
            f"{tags.GRADIENT_SUMMARY}/max",
        ),
    },
    "signal by depth": {"standard deviation of every layer": [f"{tags.ACTIVATION_STATISTIC}_std/.*"]},
}


def charts(prefix: str = "") -> dict[str, layout.Charts]:
    """The Custom Scalars tab of a watched model."""
    return {
        category: {
            title: type(chart)(tags.prefixed(prefix, tag) for tag in chart)  # type: ignore[call-arg]
            for title, chart in found.items()
        }
        for category, found in LAYOUT.items()
    }


def pins(prefix: str = "") -> list[links.Pin]:
    """The cards that show a watched model at a glance, in the run's own folder."""
    parts = ("first_over_last", "total")
    summary: list[links.Pin] = [
        ("scalars", tags.prefixed(prefix, f"{tags.GRADIENT_SUMMARY}/{part}"), None) for part in parts
    ]
    bars = (tags.GRADIENT_PROFILE, tags.ACTIVATION_PROFILE)
    return summary + [("histograms", tags.prefixed(prefix, tag), ".") for tag in bars]


class Entries:
    """Which number of a look goes under which tag, worked out once for each set of names."""

    def __init__(self) -> None:
        self._numbered: dict[str, str] = {}
        self._tags: dict[Names, list[str]] = {}

    def scalars(self, reading: Reading) -> Numbers:
        """{tag: value} of one look; what has no place on a log axis is left out: a gap in the chart."""
        outputs, saturated, gradients, norm, grad_norm, _ = reading.columns()
        sizes = [gradients.ravel(), [total(grad_norm)], norm, grad_norm, reading.update_ratios()]
        logs = _log10(np.concatenate(sizes))
        broken, finite = ~np.isfinite(gradients[:, 0]), outputs[:, FINITE]
        summary = _summary(logs[: gradients.size : len(SIZE)])
        plain = np.delete(outputs, FINITE, axis=1).ravel()
        values = np.concatenate([logs, summary, broken, plain, saturated, 1 - finite])
        shown = np.isfinite(logs), np.isfinite(summary), broken, np.full(plain.size + len(saturated), True), finite < 1
        chosen = zip(self._tags_of(reading.names), values.tolist(), np.concatenate(shown).tolist(), strict=True)
        return {tag: value for tag, value, show in chosen if show}

    def histograms(self, reading: Reading) -> dict[str, Bins]:
        """{tag: (counts, edges)} of one look."""
        drawn = {f"{tags.ACTIVATION}/{self._numbered[key]}": bins for key, bins in reading.histograms.items()}
        return profiles(reading) | drawn

    def _tags_of(self, names: Names) -> list[str]:
        if names not in self._tags:
            for key in names.outputs:
                self._numbered.setdefault(key, tags.layer(len(self._numbered), key, len(names.outputs)))
            self._tags[names] = list(_tags(names, self._numbered))
        return self._tags[names]


def _tags(names: Names, numbered: Mapping[str, str]) -> Iterator[str]:
    """In the order of the values in `Entries.scalars`."""
    for key in names.gradients:
        yield f"{tags.GRADIENT_NORM}/{numbered[key]}"
        yield f"{tags.GRADIENT_NORM}_abs_max/{numbered[key]}"
    yield f"{tags.GRADIENT_SUMMARY}/total"
    for what, column in {"norm": names.norm, "grad_norm": names.grad_norm, "update_ratio": names.moved}.items():
        yield from (f"{tags.PARAMETER}_{what}_log10/{tags.clean(name)}" for name in column)
    yield from (f"{tags.GRADIENT_SUMMARY}/{part}" for part in SUMMARY)
    yield from (f"{tags.NONFINITE}_grad/{numbered[key]}" for key in names.gradients)
    for key in names.outputs:
        for statistic in (*OUTPUT[:FINITE], *OUTPUT[FINITE + 1 :]):
            yield f"{tags.ACTIVATION_STATISTIC}_{statistic}/{numbered[key]}"
    yield from (f"{tags.ACTIVATION_STATISTIC}_saturated_units/{numbered[key]}" for key in names.saturating)
    yield from (f"{tags.NONFINITE}/{numbered[key]}" for key in names.outputs)


def _summary(logs: Values) -> Values:
    """Of the layers' log10 gradient norms what is named in SUMMARY; NaN if there are none."""
    logs = logs[np.isfinite(logs)]
    if not len(logs):
        return np.full(len(SUMMARY), np.nan)
    return np.array([logs.min(), np.median(logs), logs.max(), logs[0] - logs[-1]])


def _log10(values: Values) -> Values:
    with np.errstate(divide="ignore", invalid="ignore"):
        logs: Values = np.log10(values)
    return logs


def profiles(reading: Reading) -> dict[str, Bins]:
    """{tag: histogram} in which bar i is layer i: gradient norm and spread of the outputs, by depth."""
    outputs, _, gradients, *_ = reading.columns()
    bars = {tags.GRADIENT_PROFILE: gradients[:, 0], tags.ACTIVATION_PROFILE: outputs[:, OUTPUT.index("std")]}
    return {tag: bins for tag, values in bars.items() if (bins := profile(values.tolist()))}


def profile(values: Iterable[float]) -> Bins | None:
    """One bar a value, relative to the largest; None if there is nothing finite to draw."""
    bars = [value if math.isfinite(value) else 0.0 for value in values]
    largest = max(bars, default=0.0)
    return ([bar / largest for bar in bars], [float(i) for i in range(len(bars) + 1)]) if largest > 0 else None

"""A look as TensorBoard shows it: which number goes under which tag."""

import math
from collections.abc import Iterable, Mapping
from statistics import median

from torchdemos.board import layout, links, tags
from torchdemos.look import Bins, Look, Numbers

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


def scalars(look: Look, names: Mapping[str, str]) -> Numbers:
    """{tag: value} of one look; `names` gives each layer call its numbered name."""
    found = _gradient_summary(look)
    for key, gradient in look.gradients.items():
        norm, largest = f"{tags.GRADIENT_NORM}/{names[key]}", f"{tags.GRADIENT_NORM}_abs_max/{names[key]}"
        found |= _log10s({norm: gradient["norm"], largest: gradient["abs_max"]})
        found |= {} if math.isfinite(gradient["norm"]) else {f"{tags.NONFINITE}_grad/{names[key]}": 1.0}
    for key, activation in look.activations.items():
        found |= _activation(names[key], dict(activation))
    for name, parameter in look.parameters.items():
        found |= _log10s({f"{tags.PARAMETER}_{s}_log10/{tags.clean(name)}": value for s, value in parameter.items()})
    return found


def profiles(look: Look) -> dict[str, Bins]:
    """{tag: histogram} in which bar i is layer i: gradient norm and spread of the outputs, by depth."""
    gradient = profile(g["norm"] for g in look.gradients.values())
    activation = profile(a["std"] for a in look.activations.values())
    return {
        tag: bins for tag, bins in ((tags.GRADIENT_PROFILE, gradient), (tags.ACTIVATION_PROFILE, activation)) if bins
    }


def profile(values: Iterable[float]) -> Bins | None:
    """One bar a value, relative to the largest; None if there is nothing finite to draw."""
    bars = [value if math.isfinite(value) else 0.0 for value in values]
    largest = max(bars, default=0.0)
    return ([bar / largest for bar in bars], [float(i) for i in range(len(bars) + 1)]) if largest > 0 else None


def _gradient_summary(look: Look) -> Numbers:
    norms = [log for g in look.gradients.values() if (log := log10(g["norm"])) is not None]
    found = _log10s({f"{tags.GRADIENT_SUMMARY}/total": look.gradient_norm or 0.0})
    if norms:
        parts = {"min": min(norms), "median": median(norms), "max": max(norms), "first_over_last": norms[0] - norms[-1]}
        found |= {f"{tags.GRADIENT_SUMMARY}/{part}": value for part, value in parts.items()}
    return found


def _activation(name: str, statistics: Numbers) -> Numbers:
    finite = statistics.pop("finite_fraction")
    found = {f"{tags.ACTIVATION_STATISTIC}_{statistic}/{name}": value for statistic, value in statistics.items()}
    return found | ({f"{tags.NONFINITE}/{name}": 1 - finite} if finite < 1 else {})


def _log10s(numbers: Mapping[str, float]) -> Numbers:
    return {tag: log for tag, number in numbers.items() if (log := log10(number)) is not None}


def log10(value: float) -> float | None:
    """Logarithm of a positive finite number; None for what has no place on a log axis: a gap in the chart."""
    return math.log10(value) if 0 < value < math.inf else None

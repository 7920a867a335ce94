"""What is wrong with a run, in Markdown: from a demo's own words, or from the logged numbers of a watched model."""

import math
import re
from collections.abc import Iterable, Mapping

from torchdemos.diagnosis import Finding, diagnose
from torchdemos.log import tags
from torchdemos.view import profiles
from torchdemos.view.reporting import markdown
from torchdemos.view.reporting.exhibits import Exhibit

LOSS = re.compile(r"(?:.*[/_])?loss", re.IGNORECASE)


def of(exhibit: Exhibit) -> str:
    """A list of the findings; empty if there are none."""
    diagnosis = markdown.sections(exhibit.texts.get("RESULT", "")).get("Diagnosis", "")
    if diagnosis or not exhibit.watched:
        return diagnosis
    measured = {name: run for name, run in exhibit.runs.items() if not profiles.is_theory(name)}
    return "\n".join(_line(name, finding) for name, run in measured.items() for finding in _diagnosed(run.scalars))


def _line(run: str, finding: Finding) -> str:
    return f"* {'' if run == '.' else f'{run}: '}**{finding.kind}**. {finding.message}"


def _diagnosed(scalars: Mapping[str, profiles.Points]) -> Iterable[Finding]:
    models = profiles.models(scalars) or {"": []}
    for prefix, gradient_tags in models.items():
        start = f"{prefix}_" if prefix else ""
        yield from diagnose(
            losses=_losses(scalars, start) if len(models) == 1 or prefix else None,
            gradient_norms=_norms(scalars, gradient_tags, start),
            finite=_finite(scalars, start),
            saturated={layer: p[-1][1] for layer, p in _layers(scalars, start + tags.SATURATED_UNITS).items()},
        )


def _losses(scalars: Mapping[str, profiles.Points], start: str) -> list[float] | None:
    losses = [points for tag, points in scalars.items() if tag.startswith(start) and LOSS.fullmatch(tag)]
    return [value for _, value in losses[0]] if losses else None


def _norms(scalars: Mapping[str, profiles.Points], gradient_tags: Iterable[str], start: str) -> dict[str, float]:
    """Gradient norms at the last look, in call order. No logarithm was logged of a norm that was 0 or not finite."""
    logs = {profiles.layer(tag): scalars[tag] for tag in sorted(gradient_tags) if "#" not in tag}
    last = max((points[-1][0] for points in logs.values()), default=0)
    broken = {layer for layer, p in _layers(scalars, start + tags.NONFINITE_GRADIENT).items() if p[-1][0] == last}
    return {
        layer: math.nan if layer in broken else 10 ** points[-1][1] if points[-1][0] == last else 0.0
        for layer, points in logs.items()
    }


def _finite(scalars: Mapping[str, profiles.Points], start: str) -> dict[str, float]:
    """The finite share of every layer's output at the last look. The log has only the shares that are not finite."""
    measured = _layers(scalars, start + tags.ACTIVATION_STD)
    last = max((points[-1][0] for points in measured.values()), default=0)
    nonfinite = {layer: p[-1][1] for layer, p in _layers(scalars, start + tags.NONFINITE).items() if p[-1][0] == last}
    return {layer: 1 - nonfinite.get(layer, 0.0) for layer in measured}


def _layers(scalars: Mapping[str, profiles.Points], group: str) -> dict[str, profiles.Points]:
    return {profiles.layer(tag): scalars[tag] for tag in sorted(scalars) if tag.startswith(f"{group}/")}

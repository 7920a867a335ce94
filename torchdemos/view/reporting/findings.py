"""What is wrong with a run, in Markdown: as the demo said, or as the logged numbers of a watched model say."""

import math
import re
from collections.abc import Iterable, Mapping

from torchdemos.diagnosis import Finding, diagnose
from torchdemos.view import profiles
from torchdemos.view.reporting import markdown
from torchdemos.view.reporting.exhibits import Exhibit

NONFINITE, BROKEN_GRADIENT = "2_nonfinite", "2_nonfinite_grad"
SPREAD, SATURATED = "3_activation_std", "3_activation_saturated_units"
LOSS = re.compile(r"(?:.*[/_])?loss", re.IGNORECASE)


def of(exhibit: Exhibit) -> str:
    """A list; empty if nothing was found or nothing can be said."""
    told = markdown.sections(exhibit.texts.get("RESULT", "")).get("Diagnosis", "")
    if told or not exhibit.watched:
        return told
    measured = {name: run for name, run in exhibit.runs.items() if not profiles.is_theory(name)}
    lines = [_line(name, f) for name, run in measured.items() for f in _diagnosed(run.scalars)]
    return "\n".join(lines)


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
            saturated={layer: points[-1][1] for layer, points in _layers(scalars, start + SATURATED).items()},
        )


def _losses(scalars: Mapping[str, profiles.Points], start: str) -> list[float] | None:
    tags = [tag for tag in scalars if tag.startswith(start) and LOSS.fullmatch(tag)]
    return [value for _, value in scalars[tags[0]]] if tags else None


def _norms(scalars: Mapping[str, profiles.Points], tags: Iterable[str], start: str) -> dict[str, float]:
    """Gradient norms at the last look, in call order; what has no logarithm there was 0 or not finite."""
    logs = {profiles.layer(tag): scalars[tag] for tag in sorted(tags) if "#" not in tag}
    last = max((points[-1][0] for points in logs.values()), default=0)
    broken = {layer for layer, points in _layers(scalars, start + BROKEN_GRADIENT).items() if points[-1][0] == last}
    return {
        layer: math.nan if layer in broken else 10 ** points[-1][1] if points[-1][0] == last else 0.0
        for layer, points in logs.items()
    }


def _finite(scalars: Mapping[str, profiles.Points], start: str) -> dict[str, float]:
    """The finite share of every layer's output at the last look; only what is not finite was logged."""
    seen = _layers(scalars, start + SPREAD)
    last = max((points[-1][0] for points in seen.values()), default=0)
    lost = {layer: p[-1][1] for layer, p in _layers(scalars, start + NONFINITE).items() if p[-1][0] == last}
    return {layer: 1 - lost.get(layer, 0.0) for layer in seen}


def _layers(scalars: Mapping[str, profiles.Points], group: str) -> dict[str, profiles.Points]:
    return {profiles.layer(tag): scalars[tag] for tag in sorted(scalars) if tag.startswith(f"{group}/")}

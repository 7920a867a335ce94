"""What is wrong with a run, in Markdown: from a demo's own words, or from the logged numbers of a watched model."""

import math
import re
from collections.abc import Iterable, Mapping

from torchdemos.diagnosis import Finding, diagnose
from torchdemos.log import tags
from torchdemos.log.call_order import by_call
from torchdemos.view import profiles
from torchdemos.view.events import LoggedRun
from torchdemos.view.reporting import markdown
from torchdemos.view.reporting.exhibits import Exhibit

LOSS = re.compile(r"(?:.*[/_])?loss", re.IGNORECASE)


def of(exhibit: Exhibit) -> str:
    """A list of the findings; empty if there are none."""
    diagnosis = markdown.sections(exhibit.texts.get("RESULT", "")).get("Diagnosis", "")
    if diagnosis or not exhibit.watched:
        return diagnosis
    measured = {name: run for name, run in exhibit.runs.items() if not profiles.is_theory(name)}
    return "\n".join(_line(name, finding) for name, run in measured.items() for finding in _diagnosed(run))


def _line(run: str, finding: Finding) -> str:
    return f"* {'' if run == '.' else f'{run}: '}**{finding.kind}**. {finding.message}"


def _diagnosed(run: LoggedRun) -> Iterable[Finding]:
    models = profiles.models(run.scalars) or {"": []}
    for prefix in models:
        found = _Last(run, f"{prefix}_" if prefix else "")
        yield from diagnose(
            losses=found.losses() if len(models) == 1 or prefix else None,
            gradient_norms=found.gradient_norms(),
            finite=found.finite(),
            saturated=found.saturated(),
        )


class _Last:
    """What a log tells of one model at the last look, by layer in call order; its tags have a `start` in common."""

    def __init__(self, run: LoggedRun, start: str) -> None:
        self._run, self._start = run, start
        self._outputs = self._layers(tags.ACTIVATION_STD)
        self._look = _latest(self._outputs)

    def losses(self) -> list[float] | None:
        scalars = self._run.scalars
        losses = [points for tag, points in scalars.items() if tag.startswith(self._start) and LOSS.fullmatch(tag)]
        return [value for _, value in losses[0]] if losses else None

    def gradient_norms(self) -> dict[str, float]:
        """No logarithm was logged of a norm that was 0 or not finite. A layer that was not called has no gradient."""
        logs = {name: points for name, points in self._layers(tags.GRADIENT_NORM).items() if "#" not in name}
        look = _latest(logs)
        skipped = {name for name, points in self._outputs.items() if points[-1][0] < look}
        broken = {name for name, points in self._layers(tags.NONFINITE_GRADIENT).items() if points[-1][0] == look}
        return {
            name: math.nan if name in broken else 10 ** points[-1][1] if points[-1][0] == look else 0.0
            for name, points in logs.items()
            if name not in skipped
        }

    def finite(self) -> dict[str, float]:
        """The finite share of every output. The log has only the shares that are not finite."""
        nonfinite = self._at_look(tags.NONFINITE)
        return {name: 1 - nonfinite.get(name, 0.0) for name in self._outputs}

    def saturated(self) -> dict[str, float]:
        return self._at_look(tags.SATURATED_UNITS)

    def _at_look(self, group: str) -> dict[str, float]:
        return {name: points[-1][1] for name, points in self._layers(group).items() if points[-1][0] == self._look}

    def _layers(self, group: str) -> dict[str, profiles.Points]:
        found = [tag for tag in self._run.scalars if tag.startswith(f"{self._start}{group}/")]
        return {profiles.layer(tag): self._run.scalars[tag] for tag in by_call(found, self._run.texts)}


def _latest(logs: Mapping[str, profiles.Points]) -> int:
    return max((points[-1][0] for points in logs.values()), default=0)

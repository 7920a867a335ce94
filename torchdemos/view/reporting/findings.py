"""What is wrong with a run, in Markdown: from a demo's own words, or from the logged numbers of a watched model."""

from collections.abc import Iterable

from torchdemos.diagnosis import Finding
from torchdemos.view import markdown, profiles
from torchdemos.view.events import LoggedRun
from torchdemos.view.looks import Looks
from torchdemos.view.reporting.exhibits import Exhibit


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
    for prefix in profiles.watched(run.scalars) or [""]:
        yield from Looks(run, prefix).findings()

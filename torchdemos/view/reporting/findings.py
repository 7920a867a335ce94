"""What is wrong with a run, in Markdown: from a demo's own words, or from the logged numbers of a watched model."""

from collections.abc import Iterable

from torchdemos.view import markdown, profiles
from torchdemos.view.events import LoggedRun
from torchdemos.view.reporting.exhibits import Exhibit


def of(exhibit: Exhibit) -> str:
    """A list of the findings; empty if there are none."""
    diagnosis = markdown.sections(exhibit.texts.get("RESULT", "")).get("Diagnosis", "")
    if diagnosis or not exhibit.watched:
        return diagnosis
    measured = {name: run for name, run in exhibit.runs.items() if not profiles.is_theory(name)}
    return "\n".join(line for name, run in measured.items() for line in _lines(name, run))


def _lines(name: str, run: LoggedRun) -> Iterable[str]:
    from torchdemos.view.looks import Looks  # with NumPy, without which a demo's report is there sooner

    for prefix in profiles.watched(run.scalars) or [""]:
        for finding in Looks(run, prefix).findings():
            yield f"* {'' if name == '.' else f'{name}: '}**{finding.kind}**. {finding.message}"

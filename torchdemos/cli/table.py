"""What `--table` prints: every prediction beside its measurement, the diagnosis in full, and the verdict."""

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from torchdemos.cli import characters
from torchdemos.cli.terminal import console, tell
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.demos.answer import Answer


def show(results: Mapping[str, Answer]) -> None:
    """Print the table of all results."""
    console.print(table(results))


def explain(results: Mapping[str, Answer]) -> None:
    """Print the findings with their evidence and advice, and the verdict of a single demo."""
    for result in results.values():
        for where, finding in result.findings.items():
            tell(f"{where}: {finding.kind}. {finding.message}")
    if len(results) == 1:
        tell(result.verdict)


def table(results: Mapping[str, Answer]) -> Table:
    """Two lines a prediction: its name and numbers, then its source, what is allowed, and how far off it is."""
    shape: dict[str, Any] = {"box": box.SIMPLE_HEAD, "pad_edge": False, "collapse_padding": True}
    shown = Table("claim", title="Measured against predicted", **shape)
    for heading in ("predicted", "measured"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("agrees", no_wrap=True)
    for result in results.values():
        for claim in result.claims:
            shown.add_row(*_row(claim))
        shown.add_section()
    return shown


def failing(claim: Claim | Bound) -> str:
    """A prediction that fails, in a sentence."""
    return f"NO: {claim.name}: predicted {claim.prediction}, measured {claim.measured:.5g}, {claim.difference}."


def _row(claim: Claim | Bound) -> tuple[Text | str, ...]:
    off, _, allowed = claim.difference.removesuffix(")").partition(" (")
    holds = Text("yes", "green") if claim.holds else Text("NO", "bold red")
    return (
        Text.assemble(_writable(claim.name), "\n  ", (_writable(claim.source), "dim")),
        f"{claim.prediction}\n{allowed}",
        f"{claim.measured:.5g}\n{f'off {off}' if allowed else off}",
        holds,
    )


def _writable(text: str) -> str:
    return characters.writable(text, console.encoding)

"""What a run prints: plain sentences, progress bars, and the closing table of predictions and measurements."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from torchdemos.cli import ending
from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.demos.answer import Answer


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Rich would exit with 1, which means that a claim does not hold."""
        ending.exit_unread()


console = _Console(highlight=False, emoji=False)


def say(text: str, style: str = "", wrap: bool = True) -> None:
    """Print plain text, whatever characters it holds. Unwrapped text can be copied whole."""
    console.print(text, style=style, markup=False, soft_wrap=not wrap)


class Tracker(Progress):
    """Shows a progress bar for each loop over `tracker(items, what, total)`, and remembers where the latest one is."""

    def __init__(self) -> None:
        self.position = "before the first step"
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        super().__init__(*columns, console=console)

    def __call__(self, items: Iterable[Any], what: str, total: int) -> Iterator[Any]:
        task = self.add_task(what, total=total)
        for done, item in enumerate(items, start=1):
            yield item
            self.update(task, completed=done)
            self.position = f"{what}, {done} of {total}"

    def remove_finished(self) -> None:
        """Remove the bars of loops that have ended."""
        for task in [task for task in self.tasks if task.finished]:
            self.remove_task(task.id)


def print_summary(results: Mapping[str, Answer], look: str) -> None:
    """Print the end of a run: the table, the findings, the verdict of each demo, and how to look at the log."""
    console.print(_table(results))
    for result in results.values():
        for where, finding in result.findings.items():
            say(f"{where}: {finding.kind}. {finding.message}")
    for name, result in results.items():
        say(f"\n{f'{name}: ' if len(results) > 1 else ''}{result.verdict}", style="bold")
    say(f"\n{look}", wrap=False)


def _table(results: Mapping[str, Answer]) -> Table:
    table = Table("claim", title="Measured against predicted", box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("predicted", "measured", "difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("agrees", no_wrap=True)
    for result in results.values():
        for claim in result.claims:
            table.add_row(*_row(claim))
        table.add_section()
    return table


def _row(claim: Claim | Bound) -> tuple[Text | str, ...]:
    name = Text.assemble(claim.name, "\n", (claim.source, "dim"))
    holds = Text("yes", "green") if claim.holds else Text("NO", "bold red")
    return name, claim.prediction, f"{claim.measured:.5g}", claim.difference.replace(" (", "\n("), holds

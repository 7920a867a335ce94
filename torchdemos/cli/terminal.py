"""What a run prints while it works: plain sentences and progress bars."""

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from torchdemos.cli import characters, ending


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Rich would exit with 1, which means that a claim does not hold."""
        ending.exit_unread()

    @property
    def encoding(self) -> str:
        """That of the stream as it is now; Rich takes UTF-8 for granted and then fails in a Latin-1 locale."""
        return (getattr(self.file, "encoding", None) or "utf-8").lower()


console = _Console(highlight=False, emoji=False)


def say(text: str, style: str = "", wrap: bool = True) -> None:
    """Print plain text, whatever characters it holds. Unwrapped text can be copied whole."""
    shown = characters.writable(text, console.encoding)
    console.print(shown, style=style, markup=False, soft_wrap=not wrap)


def tell(text: str, indent: str = "", style: str = "") -> None:
    """Print a paragraph, if there is one, in lines that fit and do not end in a space."""
    if not text:
        return
    shown = characters.writable(text, console.encoding)
    say("\n".join(characters.wrapped(shown, console.width, indent)), style, wrap=False)


def ask(prompt: str) -> str | None:
    """What is typed in answer to this; None at the end of the input."""
    try:
        return console.input(characters.writable(prompt, console.encoding), markup=False)
    except EOFError:
        say("")
        return None


def is_interactive() -> bool:
    """Whether somebody can read a question and type the answer."""
    return bool(sys.stdin and sys.stdin.isatty() and console.file.isatty())


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

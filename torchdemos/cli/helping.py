"""What `--help` prints in lines that fit: tyro wraps what stands in its boxes, and nothing above them."""

import io
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from textwrap import fill

BOXES = "│╭╰"


@contextmanager
def fitting() -> Iterator[None]:
    """Print what is printed inside once all of it is known, in lines no wider than the terminal."""
    said = _Heard()
    try:
        with redirect_stdout(said):
            yield
    finally:
        print(fitted(said.getvalue(), shutil.get_terminal_size().columns), end="")


def fitted(text: str, width: int) -> str:
    """The text with its long lines wrapped, and commands that fill a line of usage by a word that stands for them."""
    return "".join(line if _fits(line, width) else _wrapped(line, width) for line in text.splitlines(keepends=True))


def _fits(line: str, width: int) -> bool:
    return len(line.rstrip("\n")) <= width or any(edge in line for edge in BOXES)


def _wrapped(line: str, width: int) -> str:
    short = re.sub(r"\{[^}]*\}", "COMMAND", line) if "usage:" in line else line
    return fill(short, width, break_long_words=False, break_on_hyphens=False) + "\n" * line.endswith("\n")


class _Heard(io.StringIO):
    """Keeps what is printed, which has the colours and the boxes that stdout can show."""

    def __init__(self) -> None:
        super().__init__()
        self._stdout = sys.stdout

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stdout.encoding

    def isatty(self) -> bool:
        return self._stdout.isatty()

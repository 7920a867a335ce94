"""Errors are told while the training runs."""

import sys
from collections.abc import Callable
from typing import TypeAlias

from torchdemos.diagnosis import Finding
from torchdemos.diagnosis.finding import ERROR
from torchdemos.log.shown import shown_lines

Tell: TypeAlias = Callable[[Finding], object]
Find: TypeAlias = Callable[[], list[Finding]]


def show(finding: Finding) -> None:
    """Print a finding on stderr, as a block of its own: it may come in the middle of a progress bar."""
    print(shown_lines(f"\ntorchdemos: {finding}\n"), file=sys.stderr, flush=True)


class Alerts:
    """Tells each kind of error-level finding once, with its cause.

    The rules read the whole history, so they run after the looks 1, 2, 3, 5, 8, 12, 18, 27, ... only, and where
    something is not finite for the first time.
    """

    def __init__(self, tell: Tell | None) -> None:
        self._tell = tell
        self._looks, self._next = 0, 1
        self._told: set[str] = set()

    def look(self, newly_broken: bool, find: Find) -> None:
        """Count a look; if it is time, tell which errors `find` finds. Raises what the user's function raises."""
        self._looks += 1
        is_time = self._looks == self._next
        if is_time:
            self._next += (self._next + 1) // 2
        if self._tell is None or not (is_time or newly_broken):
            return
        for finding in find():
            errors = _errors(finding)
            if errors and not errors & self._told:  # what follows from an error that was told is no news
                self._told |= errors
                self._tell(finding)


def _errors(finding: Finding) -> set[str]:
    """The kinds of all errors in a finding and what follows from it."""
    own = {finding.kind} if finding.level == ERROR else set[str]()
    return own.union(*map(_errors, finding.consequences))

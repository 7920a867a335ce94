"""A picture that a terminal can show: rows of bars or of small columns, as shares of a common scale."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One row: a name, its shares of the scale (0 to 1), and what it says at its end.

    A single share is drawn as a bar from left to right, several as columns side by side. What is not finite, or above
    1, is drawn full.
    """

    name: str
    shares: Sequence[float]
    text: str


@dataclass(frozen=True)
class Sketch:
    """Rows under a title; with `heads`, each column of a row stands under its head. At most 8 lines in all."""

    title: str
    rows: Sequence[Row]
    heads: Sequence[str] = ()

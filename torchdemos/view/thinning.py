"""Fewer entries of a series that is too long to show."""

from collections.abc import Sequence
from typing import TypeVar

Entry = TypeVar("Entry")


def evenly_spaced(series: Sequence[Entry], most: int) -> Sequence[Entry]:
    """At most `most` entries at even distances, with the first and the last among them. A single one is the last."""
    if len(series) <= most:
        return series
    if most < 2:
        return series[-1:]
    return [series[round(i * (len(series) - 1) / (most - 1))] for i in range(most)]

"""A row of the table of docs/reliability.md."""

from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """What was tried, how often, and how often something was lost."""

    what: str
    tried: int
    lost: int


def table(rows: Iterable[Row]) -> str:
    lines = [f"| {row.what} | {row.tried:,} | {row.lost:,} |" for row in rows]
    return "\n".join(["| what | tried | lost |", "|---|---|---|", *lines])

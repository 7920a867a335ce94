"""Markdown."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[object]], words: int = 1) -> str:
    """A table whose first `words` columns hold words and the others numbers."""
    rule = [*["---"] * words, *["---:"] * (len(head) - words)]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (head, rule, *rows))


def spread(low: float, middle: float, high: float, digits: int = 2) -> str:
    """The median and the quartiles around it."""
    return f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def milliseconds(seconds: float) -> str:
    return f"{1e3 * seconds:.3g} ms"


def megabytes(count: float) -> str:
    return f"{count / 1e6:,.1f} MB"

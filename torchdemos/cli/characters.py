"""Text and pictures in the characters that a terminal's encoding has."""

import math
import re
from collections.abc import Sequence
from textwrap import wrap

from torchdemos.lab.demos.sketch import Row, Sketch

COLUMNS, ASCII_COLUMNS = "▁▂▃▄▅▆▇█", "_.-:=+*#"
PLAIN = {
    "\N{GREEK SMALL LETTER LAMDA}": "lambda",
    "\N{MINUS SIGN}": "-",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{SUPERSCRIPT TWO}": "^2",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{NO-BREAK SPACE}": " ",
}
RAISED = re.compile("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹·]*[⁻⁰¹²³⁴⁵⁶⁷⁸⁹][⁻⁰¹²³⁴⁵⁶⁷⁸⁹·]*")
LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹·", "-0123456789.")
MOST_CELLS = 60  # columns of a terminal that a row takes between its name and its text


def writable(text: str, encoding: str) -> str:
    """The same text, where needed in other words: `10⁻¹³` becomes `10^-13`, and what has no other form a `?`."""
    if _fits(text, encoding):
        return text
    text = RAISED.sub(lambda found: _lowered(found[0], encoding), text)
    return "".join(c if _fits(c, encoding) else PLAIN.get(c, "?") for c in text)


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most so many characters. Spaces that do not break stay, and so do words that are longer."""
    return wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def draw(sketch: Sketch, width: int, encoding: str) -> list[str]:
    """The lines of a picture."""
    names = max(len(row.name) for row in sketch.rows) + 2
    texts = max(len(row.text) for row in sketch.rows) + 2
    cells = max(min(MOST_CELLS, width - 2 - names - texts), 10)
    levels = COLUMNS if _fits(COLUMNS, encoding) else ASCII_COLUMNS
    lines = [sketch.title] if sketch.title else []
    if sketch.heads:
        each = cells // len(sketch.heads)
        lines.append("  " + " " * names + "".join(head.ljust(each) for head in sketch.heads))
    return [line.rstrip() for line in (*lines, *(_row(row, names, cells, levels) for row in sketch.rows))]


def _row(row: Row, names: int, cells: int, levels: str) -> str:
    if len(row.shares) == 1:
        drawn = levels[-1] * round(_clipped(row.shares[0]) * cells)
    else:
        each = max(cells // len(row.shares), 1)
        drawn = "".join(_column(share, each, levels) for share in row.shares)
    return f"  {row.name.ljust(names)}{drawn.ljust(_cells(row, cells))}  {row.text}"


def _column(share: float, width: int, levels: str) -> str:
    """A column as wide as its cell; in wide cells with a gap."""
    filled = levels[round(_clipped(share) * (len(levels) - 1))]
    return (filled * (width - 1)).ljust(width) if width > 3 else filled * width


def _cells(row: Row, cells: int) -> int:
    return cells if len(row.shares) == 1 else max(cells // len(row.shares), 1) * len(row.shares)


def _clipped(share: float) -> float:
    return min(max(share, 0.0), 1.0) if math.isfinite(share) else 1.0


def _lowered(raised: str, encoding: str) -> str:
    return raised if _fits(raised, encoding) else f"^{raised.translate(LOWERED)}"


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))

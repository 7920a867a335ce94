"""Names as a terminal may be given them."""

from unicodedata import category

CONTROL = ("Cc", "Cf", "Cs", "Zl", "Zp")  # categories: controls, directions, half characters, ends of lines


def shown(name: object) -> str:
    r"""A name with its control characters, and what is no character at all, spelt out.

    A name that others chose may hold what clears a screen, what turns the direction of reading, or bytes that are not
    UTF-8.

    ```python
    assert shown("run\x1b[2J") == r"run\x1b[2J"
    ```
    """
    return "".join(_spelt(c) if category(c) in CONTROL else c for c in str(name))


def shown_lines(text: str) -> str:
    """The same of a message, whose lines stay lines."""
    return "\n".join(map(shown, text.split("\n")))


def _spelt(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")

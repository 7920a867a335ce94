"""Names as a terminal may be given them."""

from unicodedata import category

ENDS_OF_LINES = ("Zl", "Zp")  # U+2028 and U+2029


def shown(name: object) -> str:
    r"""A name with its control characters, and what is no character at all, spelt out.

    A name that others chose may hold what clears a screen, what turns the direction of reading, or bytes that are not
    UTF-8.

    ```python
    assert shown("run\x1b[2J") == r"run\x1b[2J"
    ```
    """
    return "".join(_spelt(c) if is_control(c) else c for c in str(name))


def shown_lines(text: str) -> str:
    """The same of a message, whose lines stay lines."""
    return "\n".join(map(shown, text.split("\n")))


def is_control(character: str) -> bool:
    """Whether a terminal would do something with it rather than draw it, or can do nothing with it."""
    kind = category(character)
    return kind[0] == "C" or kind in ENDS_OF_LINES


def _spelt(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")

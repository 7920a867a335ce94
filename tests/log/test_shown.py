"""Names reach a terminal as text, and as nothing that the terminal would obey."""

import pytest

from torchdemos.log.shown import shown, shown_lines


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("run\x1b[2J", r"run\x1b[2J"),
        ("a\rb\nc\td", r"a\rb\nc\td"),
        ("\x9b31m", r"\x9b31m"),  # the same escape as one character
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("line\u2028end", r"line\u2028end"),
        ("caf\udce9", r"caf\udce9"),  # a byte that is not UTF-8
        ("größe 5 → 3, 数", "größe 5 → 3, 数"),
        ("23\N{NO-BREAK SPACE}%", "23\N{NO-BREAK SPACE}%"),
    ],
)
def test_what_a_terminal_would_obey_is_spelt_out(name: str, text: str) -> None:
    assert shown(name) == text


def test_the_lines_of_a_message_stay_lines() -> None:
    assert shown_lines("one\ntwo\x07") == "one\ntwo\\x07"

"""Text and pictures in the characters that a terminal has."""

import math

import pytest

from torchdemos.cli import characters
from torchdemos.lab.demos.sketch import Row, Sketch

TEXT = "2/λ, \N{MINUS SIGN}1 leaves 10⁻¹³·⁸ of it, 3 · 2² ≥ 10\u00a0%"
STRIPS = Sketch("The loss:", [Row("crawl", [1.0, 0.5, 0.0], "ends at 1"), Row("dive", [1.0, math.nan, 7.0], "")])
BARS = Sketch("", [Row("he", [0.5], "50 %"), Row("zero", [0.0], "none")])


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", TEXT),
        ("latin-1", "2/lambda, -1 leaves 10^-13.8 of it, 3 · 2² >= 10\u00a0%"),
        ("ascii", "2/lambda, -1 leaves 10^-13.8 of it, 3 ? 2^2 >= 10 %"),
    ],
)
def test_what_an_encoding_lacks_is_said_in_other_words(encoding: str, expected: str) -> None:
    assert characters.writable(TEXT, encoding) == expected
    characters.writable("日本 ⚡", encoding).encode(encoding)


def test_lines_break_at_spaces_alone() -> None:
    assert characters.wrapped("10\u00a0% of learning-rate", 8, "  ") == ["  10\u00a0%", "  of", "  learning-rate"]


@pytest.mark.parametrize(("encoding", "high", "low"), [("utf-8", "█", "▁"), ("latin-1", "#", "_")])
def test_rows_are_columns_on_one_scale(encoding: str, high: str, low: str) -> None:
    title, crawl, dive = characters.draw(STRIPS, 80, encoding)
    assert title == "The loss:" and crawl.startswith(f"  crawl  {high}") and crawl.endswith("  ends at 1")
    assert set(dive) == {" ", high, *"dive"} and low in crawl
    "".join([crawl, dive]).encode(encoding)


def test_a_single_share_is_a_bar() -> None:
    half, none = characters.draw(BARS, 40, "utf-8")
    assert half.count("█") == 13 and "█" not in none and half.index("50 %") == none.index("none")


def test_columns_stand_under_their_heads() -> None:
    heads, row = characters.draw(Sketch("", [Row("n", [1.0, 0.1], "")], ["one", "two"]), 80, "utf-8")
    assert row[heads.index("one")] == "█" and row[heads.index("two")] == "▂"


@pytest.mark.parametrize("width", [20, 80, 120, 1000])
def test_a_picture_fits_its_width_unless_nothing_could(width: int) -> None:
    lines = characters.draw(STRIPS, width, "utf-8") + characters.draw(BARS, width, "utf-8")
    assert max(map(len, lines)) <= max(width, 40)


def test_a_list_in_words() -> None:
    assert [characters.listed(list(words)) for words in ("a", "ab", "abc")] == ["a", "a and b", "a, b and c"]

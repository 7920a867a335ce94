"""Numbers with an exponent as people write them."""

import math

import pytest

from torchdemos.view.answers.powers import of_ten, readable


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("by 2.55e+10 over 25", "by 2.55·10¹⁰ over 25"),
        ("1e-05.", "10⁻⁵."),
        ("5e-08 to 0.05", "5·10⁻⁸ to 0.05"),
        ("layer 1e4x of fc1e-5", "layer 1e4x of fc1e-5"),
    ],
)
def test_powers_of_ten_are_raised(text: str, words: str) -> None:
    assert readable(text) == words


@pytest.mark.parametrize(
    ("log", "words"),
    [(2.0, "100"), (-3.0, "0.001"), (400.0, "1e+400"), (-400.3, "5.01e-401"), (1.7e308, "inf"), (-1.7e308, "0")],
)
def test_ten_to_any_power_has_words(log: float, words: str) -> None:
    assert of_ten(log, 3) == words and of_ten(math.nan, 3) == "no number"

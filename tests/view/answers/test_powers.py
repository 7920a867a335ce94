"""Numbers with an exponent as people write them."""

import pytest

from torchdemos.view.answers.powers import readable


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

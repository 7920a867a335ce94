"""Damage is said in one sentence, with numbers."""

import pytest

from torchdemos.view.damage import Damage


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (Damage(), ""),
        (Damage(records=1), "1 damaged record is left out."),
        (Damage(records=2, skipped=1234), "2 damaged records and 1,234 damaged bytes are left out."),
        (Damage(cut=1), "The last 1 byte is cut off or still being written."),
        (
            Damage(1, 0, 7, 1),
            "1 damaged record is left out, the last 7 bytes are cut off or still being written "
            "and 1 file cannot be opened or is no plain file.",
        ),
    ],
)
def test_in_words(damage: Damage, words: str) -> None:
    assert str(damage) == words and bool(damage) == bool(words)


def test_damages_add_up() -> None:
    assert sum([Damage(1, 2, 3, 4), Damage(1, 1, 1, 1)], Damage()) == Damage(2, 3, 4, 5)

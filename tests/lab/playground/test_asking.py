"""What a page may ask for: everything else is refused in a sentence."""

import math
from typing import Any

import pytest

from torchdemos.lab.playground import asking

CHECK = asking.checker(tests=1000, missions=5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pause", True),
        ("pause", False),
        ("step", None),
        ("restart", None),
        ("seed", 0),
        ("seed", 4294967295),
        ("speed", "slow"),
        ("mission", 4),
        ("mission", None),
        ("learning_rate", 0.5),
        ("digit", {"test": 999}),
    ],
)
def test_what_there_is_may_be_asked_for(name: str, value: Any) -> None:
    assert CHECK(name, value) == value


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("pause", 1, "pause 1 is neither true nor false"),
        ("step", 3, "this takes no value but null, not 3"),
        ("restart", {}, "this takes no value but null, not {}"),
        ("seed", -1, "seed -1 is out of range: give a whole number from 0 to 4294967295"),
        ("seed", 1.5, "seed 1.5 is out of range"),
        ("seed", True, "seed true is out of range"),
        ("speed", "ludicrous", 'speed "ludicrous" is unknown: choose from slow, normal, fast'),
        ("speed", ["slow"], r"speed \[\"slow\"\] is unknown"),
        ("mission", 5, "mission 5 is none: give a whole number from 0 to 4, or null for none"),
        ("mission", False, "mission false is none"),
        ("learning_rate", math.nan, "learning rate NaN is out of reach"),
        ("__class__", 1, 'there is nothing to change called "__class__": learning_rate, '),
        ("_begin", None, 'there is nothing to change called "_begin"'),
    ],
)
def test_what_there_is_not_is_refused_in_a_sentence(name: str, value: Any, says: str) -> None:
    with pytest.raises(ValueError, match=f"^{says}"):
        CHECK(name, value)

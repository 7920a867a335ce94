"""JSON that a page can hold, whatever was put into it."""

import json
import math

import pytest

from torchdemos.log import plain


def nested(depth: int) -> list:
    found: list = [1]
    for _ in range(depth):
        found = [found]
    return found


def test_what_json_has_stays_as_it_is() -> None:
    content = {"a": [1, 2.5, None, "x", True, {"b": []}]}
    assert plain.plain(content) == content == json.loads(plain.packed(content)) == plain.unpacked(plain.packed(content))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_become_null(number: float) -> None:
    assert json.loads(plain.packed({"a": [number]})) == {"a": [None]}
    assert plain.unpacked('{"a": [NaN, -Infinity, 1e999]}') == {"a": [None, None, None]}


def test_what_is_nested_without_end_is_cut_or_refused() -> None:
    assert plain.packed(nested(5000)).count("[") == plain.MOST_NESTED
    assert json.dumps(plain.unpacked("[" * 500 + "]" * 500)).count("[") == plain.MOST_NESTED
    with pytest.raises(ValueError, match="without end"):
        plain.unpacked("[" * 100_000 + "]" * 100_000)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError):
        plain.unpacked(b"\xff")

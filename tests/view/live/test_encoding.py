"""What Python holds arrives as JSON, and what a page sends is JSON or refused in a sentence."""

import json
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

from torchdemos.view.live.encoding import decoded, encoded


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"a": 1, "b": [True, None, "x"]}, {"a": 1, "b": [True, None, "x"]}),
        (b"abcd", "YWJjZA=="),
        ([memoryview(b"abcd"), bytearray(b"abcd")], ["YWJjZA==", "YWJjZA=="]),
        (np.arange(3), [0, 1, 2]),
        ([np.float32(0.5), np.int64(3), np.bool_(True)], [0.5, 3, True]),
        ([float("nan"), float("inf"), -float("inf"), 1.5], ["NaN", "Infinity", "-Infinity", 1.5]),
        ({"a": np.float32("nan"), "b": (b"abcd", 1), "c": None}, {"a": "NaN", "b": ["YWJjZA==", 1], "c": None}),
        ({"a": np.array([1.0, np.inf])}, {"a": [1.0, "Infinity"]}),
        (OrderedDict(a=float("nan")), {"a": "NaN"}),
    ],
)
def test_everything_arrives_as_json(content: Any, expected: Any) -> None:
    assert json.loads(encoded(content)) == expected


def test_the_text_has_no_line_breaks_of_its_own_which_would_end_an_event() -> None:
    assert encoded({"name": "a\n\rb\u2028<script>é"}).isascii() and "\n" not in encoded("a\nb")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"{'a': 1}", b'{"a": 1} x', b"\x00", b'{"a": ' + b"9" * 5000])
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(ValueError, match="^this is no JSON$"):
        decoded(body)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_a_number_that_is_not_finite_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match=f"^{word} is no number that a training can use$"):
        decoded(f'{{"value": [{word}]}}'.encode())


def test_lists_within_lists_without_end_are_refused() -> None:
    with pytest.raises(ValueError, match="nested without end"):
        decoded(b"[" * 60_000)
    with pytest.raises(ValueError, match="nested without end"):
        decoded(b'{"a":' * 10_000 + b"1" + b"}" * 10_000)

"""A page of the Answer view out of bytes that may hold anything."""

import json

import pytest

from torchdemos.log import answers

PAGE: answers.Page = {"question": "Why?", "answer": "So.", "hero": {}, "cards": [], "claims": []}


def test_a_page_comes_back() -> None:
    assert answers.unpack(answers.pack(PAGE)) == PAGE


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", b"{}", b"[" * 100_000, *(json.dumps(PAGE | {name: 3}).encode() for name in PAGE)],
)
def test_what_is_no_page_is_none(content: bytes) -> None:
    assert answers.unpack(content) is None


def test_cards_and_claims_that_are_none_are_left_out() -> None:
    packed = json.dumps(PAGE | {"cards": [3, {}], "claims": [None, {"claim": "a"}]})
    assert answers.unpack(packed.encode()) == PAGE | {"cards": [{}], "claims": [{"claim": "a"}]}


def test_the_largest_float_is_not_rounded_to_infinity() -> None:
    assert answers.short(1.7976931348623157e308, 4) == 1.7976931348623157e308

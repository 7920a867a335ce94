"""The call order of all layers, from looks that each saw some of them."""

import pytest

from torchdemos.watching.call_order import CallOrder

LOOKS = {
    "the first skips the start": (["cde", "abcde"], "abcde"),
    "the first skips the middle": (["ae", "abcde"], "abcde"),
    "the first skips the end": (["ab", "abcde"], "abcde"),
    "no look has all": (["ace", "bd", "abd", "bcde"], "abcde"),
    "the last skips": (["abcde", "ae"], "abcde"),
    "the last contradicts": (["abcde", "dab"], "dacbe"),
    "layers with nothing in common": (["ab", "cd"], "abcd"),
    "nothing called": (["", "ab", ""], "ab"),
}


@pytest.mark.parametrize("name", LOOKS)
def test_looks_are_merged(name: str) -> None:
    looks, expected = LOOKS[name]
    order = CallOrder()
    for called in looks:
        order.add(list(called))
    assert "".join(order.keys) == expected

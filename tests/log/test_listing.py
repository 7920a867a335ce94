"""What a log says of its layers comes back from its text."""

import pytest

from torchdemos.log import listing


def test_what_each_layer_is_can_be_read_back() -> None:
    kinds = {"00_0": "Linear 20 → 64", "01_head.out": "MyLayer: odd", "02_x": ""}
    assert listing.entries(listing.text(kinds)) == kinds


def test_another_text_says_nothing() -> None:
    assert listing.entries("Layers that gave no activation: none.\n* no colon") == {}


@pytest.mark.parametrize("names", [[], ["head.weight"], ["layers.0.weight", "layers.0.bias", "x"]])
@pytest.mark.parametrize("after", ["", " Outputs of which nobody knows: a.b, c."])
def test_the_names_in_a_sentence_can_be_read_back_whatever_comes_after_it(names: list[str], after: str) -> None:
    assert listing.names(listing.sentence("Parameters that require no gradient", names) + after) == names


@pytest.mark.parametrize("words", ["", "no colon.", "Parameters: none."])
def test_a_text_without_names_has_none(words: str) -> None:
    assert listing.names(words) == []

"""What a log says of its layers comes back from its text."""

from torchdemos.log import listing


def test_what_each_layer_is_can_be_read_back() -> None:
    kinds = {"00_0": "Linear 20 → 64", "01_head.out": "MyLayer: odd", "02_x": ""}
    assert listing.entries(listing.text(kinds)) == kinds


def test_another_text_says_nothing() -> None:
    assert listing.entries("Layers that gave no activation: none.\n* no colon") == {}

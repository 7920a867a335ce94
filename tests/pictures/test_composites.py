"""Whole networks in one picture."""

import math

import pytest
import torch
from picture_checks import is_a_picture

from torchdemos import pictures

ODD = {
    "scalar": torch.tensor(3.0),
    "one": torch.ones(1),
    "ten": torch.linspace(-1, 1, 10),
    "sequence": torch.ones(17, 64),
    "maps": torch.ones(8, 24, 24),
    "heads": torch.ones(2, 4, 9, 9),
    "empty": torch.empty(0, 3, 3),
    "strange": torch.tensor([math.nan, math.inf, -math.inf, 1]),
    "integers": torch.arange(12),
    "half": torch.ones(5, 6, 6, dtype=torch.float16),
    "complex": torch.ones(4, dtype=torch.complex64),
    "grad": torch.ones(6, requires_grad=True),
    "a.very.long.name." * 9: torch.ones(4096),
}


@pytest.mark.parametrize("width", [200, 300, 417])
def test_layers_as_pixels_takes_every_layer_and_keeps_its_width(width: int) -> None:
    assert is_a_picture(pictures.layers_as_pixels(ODD, torch.ones(1, 28, 28), width, "a title " * 9), width)
    assert is_a_picture(pictures.layers_as_pixels({}, width=width), width)


def test_layers_as_pixels_uses_the_height_and_no_more() -> None:
    layers = {f"conv{i}": torch.ones(16, 24, 24) for i in range(9)}
    tall, low = (pictures.layers_as_pixels(layers, height=height).shape[1] for height in (900, 600))
    assert 500 < tall <= 900 and low <= 600


def test_each_layer_has_a_scale_of_its_own() -> None:
    x = torch.linspace(-1, 1, 50)
    one, thousand = (pictures.layers_as_pixels({"a": x, "b": x * factor}) for factor in (1, 1000))
    full = pictures.signed(torch.ones(1, 1))
    count = [(picture == full).all(0).sum() for picture in (one, thousand)]
    assert count[0] == count[1] > 0


@pytest.mark.parametrize("width", [200, 300, 417])
def test_samples_by_layer_takes_every_layer_and_keeps_its_width(width: int) -> None:
    layers = {name: torch.stack([x] * 10) for name, x in ODD.items()}
    assert is_a_picture(pictures.samples_by_layer(layers, "0123456789", width, "ten digits"), width)
    assert is_a_picture(pictures.samples_by_layer({}, width=width), width)


def test_samples_of_a_layer_share_a_scale() -> None:
    x = torch.stack([torch.ones(9), torch.full((9,), 2.0)])
    picture = pictures.samples_by_layer({"fc": x})
    weak, full = (pictures.signed(torch.full((1, 1), value), scale=2) for value in (1, 2))
    assert (picture[:, :, :150] == weak).all(0).any() and not (picture[:, :, :150] == full).all(0)[30:].any()
    assert (picture[:, :, 150:] == full).all(0).any()


def test_samples_that_disagree_are_refused() -> None:
    with pytest.raises(ValueError, match="same N"):
        pictures.samples_by_layer({"a": torch.ones(2, 3), "b": torch.ones(3, 3)})
    with pytest.raises(ValueError, match="same N"):
        pictures.samples_by_layer({"a": torch.ones(2, 3)}, columns=["only one"])

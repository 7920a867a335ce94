"""One neuron by hand: inputs times weights."""

import pytest
import torch
from picture_checks import is_a_picture

from torchdemos import pictures


def test_a_weighted_sum_shows_the_products() -> None:
    inputs, weights = torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([[-1.0, -1.0], [-1.0, -1.0]])
    picture = pictures.weighted_sum(inputs, weights, ["sum -2"])
    blue = (picture[:, :100] == pictures.signed(-torch.ones(1, 1))).all(0).sum(0)  # above the colour bars
    assert is_a_picture(picture, 300)
    assert blue[:100].sum() == 0 < blue[200:].sum() < blue[100:200].sum()


def test_a_weighted_sum_needs_equal_shapes() -> None:
    with pytest.raises(ValueError, match="same shape"):
        pictures.weighted_sum(torch.ones(4), torch.ones(9))

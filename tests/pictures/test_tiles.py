"""Small pictures put together into larger ones."""

import pytest
import torch
from picture_checks import ink

from torchdemos import pictures


def test_a_grid_keeps_reading_order_and_fills_the_rest_with_grey() -> None:
    images = torch.arange(3.0).div(4).reshape(3, 1, 1, 1).expand(3, 3, 2, 2)
    whole = pictures.grid(images, columns=2, gap=1)
    assert whole.shape == (3, 5, 5)
    assert [whole[0, 0, 0], whole[0, 0, 3], whole[0, 3, 0]] == [0, 0.25, 0.5]
    assert whole[0, 3, 3] == whole[0, 0, 2] == pytest.approx(0.82)


def test_stack_and_beside_pad_with_white() -> None:
    small, large = torch.zeros(3, 1, 1), torch.zeros(3, 2, 3)
    below, right = pictures.stack([small, large], gap=1), pictures.beside([small, large], gap=1)
    assert (below.shape, ink(below)) == ((3, 4, 3), 7)
    assert (right.shape, ink(right)) == ((3, 2, 5), 7)


def test_enlarge_repeats_pixels() -> None:
    picture = torch.rand(3, 2, 2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(pictures.enlarge(picture, 3)[:, ::3, ::3], picture)
    with pytest.raises(ValueError, match="factor"):
        pictures.enlarge(picture, 0)

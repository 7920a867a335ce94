"""Colours that mean what they say, to every kind of colour vision."""

import math

import pytest
import torch
from picture_checks import MAGENTA
from torch import Tensor

from torchdemos import pictures


def test_zero_is_exactly_white_and_the_signs_are_blue_and_orange() -> None:
    blue, white, orange = pictures.signed(torch.tensor([[-1.0, 0.0, 1.0]]))[:, 0].T
    assert torch.equal(white, torch.ones(3))
    assert blue[2] > blue[0] + 0.4 and orange[0] > orange[2] + 0.4


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int64, torch.bool, torch.uint8])
def test_all_zeros_are_all_white_in_any_dtype(dtype: torch.dtype) -> None:
    assert pictures.signed(torch.zeros(4, 5, dtype=dtype)).eq(1).all()


def test_both_signs_darken_alike() -> None:
    x = torch.linspace(0, 1, 21)[None]
    grey = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    up, down = (pictures.signed(sign * x) * grey for sign in (1, -1))
    assert (up.sum(0) - down.sum(0)).abs().max() < 0.1
    assert up.sum(0).diff().max() < 0


def test_nan_is_magenta_also_where_all_else_is_zero() -> None:
    x = torch.tensor([[0.0, math.nan]])
    assert torch.equal(pictures.signed(x)[:, 0, 1], MAGENTA)
    assert torch.equal(pictures.sequential(x, 0, 0)[:, 0, 1], MAGENTA)


def test_nan_is_magenta_and_infinities_have_the_end_colours() -> None:
    colours = pictures.signed(torch.tensor([[math.nan, math.inf, -math.inf, 2.0, -2.0]]))[:, 0].T
    assert torch.equal(colours[0], MAGENTA)
    assert torch.equal(colours[1], colours[3]) and torch.equal(colours[2], colours[4])


@pytest.mark.parametrize("size", [1e-44, 1e-300, 1e38, 1e300])
def test_the_largest_magnitude_has_full_colour_at_any_size(size: float) -> None:
    x = torch.tensor([[size, -size]], dtype=torch.float64)
    assert torch.equal(pictures.signed(x), pictures.signed(torch.tensor([[1.0, -1.0]])))


@pytest.mark.parametrize("scale", [-1.0, math.nan, math.inf])
def test_a_meaningless_scale_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match="scale"):
        pictures.signed(torch.ones(1, 1), scale)


def test_full_scale_ignores_what_is_not_finite() -> None:
    assert pictures.full_scale(torch.tensor([-3.0, 2.0, math.nan, math.inf])) == 3
    assert pictures.full_scale(torch.tensor([math.nan])) == pictures.full_scale(torch.empty(0)) == 0


def test_sequential_grows_lighter_and_clips_at_its_ends() -> None:
    colours = pictures.sequential(torch.tensor([[-math.inf, 0.0, 0.5, 1.0, 9.0, math.nan]]), 0, 1)[:, 0].T
    assert torch.equal(colours[0], colours[1]) and torch.equal(colours[3], colours[4])
    assert colours[1].mean() < colours[2].mean() < colours[3].mean()
    assert torch.equal(colours[5], MAGENTA)


def test_sequential_refuses_low_above_high() -> None:
    with pytest.raises(ValueError, match="low"):
        pictures.sequential(torch.ones(1, 1), 1, 0)


# What each kind of colour vision makes of linear RGB: Machado, Oliveira and Fernandes, 2009, severity 1.
VISION = {
    "usual": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def as_seen(colours: Tensor, vision: str) -> Tensor:
    """sRGB [3, n] as CIELAB [n, 3] after a loss of colour vision: equal distances there look about equal."""
    linear = torch.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    linear = (torch.tensor(VISION[vision]) @ linear).clamp(0, 1)
    xyz = torch.tensor([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    x, y, z = xyz / torch.tensor([0.9505, 1.0, 1.089])[:, None]
    f, g, h = (torch.where(v > 0.008856, v.clamp(min=1e-9) ** (1 / 3), 7.787 * v + 16 / 116) for v in (x, y, z))
    return torch.stack([116 * g - 16, 500 * (f - g), 200 * (g - h)], dim=1)


@pytest.mark.parametrize("vision", VISION)
def test_the_sequential_map_grows_lighter_for_every_colour_vision(vision: str) -> None:
    lightness = as_seen(pictures.sequential(torch.linspace(0, 1, 33), 0, 1), vision)[:, 0]
    assert lightness.diff().min() > 0.5 and lightness[-1] - lightness[0] > 60


@pytest.mark.parametrize("vision", VISION)
def test_the_signed_map_is_ordered_and_its_sides_differ_for_every_colour_vision(vision: str) -> None:
    x = torch.linspace(0, 1, 17)
    minus, plus = (as_seen(pictures.signed(sign * x, scale=1), vision) for sign in (-1, 1))
    assert minus[:, 0].diff().max() < -0.5 and plus[:, 0].diff().max() < -0.5
    assert (minus - plus).norm(dim=1)[4:].min() > 20  # from a quarter of the scale on


@pytest.mark.parametrize("vision", VISION)
def test_nan_is_told_from_every_number_for_every_colour_vision(vision: str) -> None:
    x = torch.linspace(-1, 1, 65)
    numbers = torch.cat([pictures.signed(x), pictures.sequential(x, -1, 1)], dim=1)
    assert (as_seen(numbers, vision) - as_seen(MAGENTA[:, None], vision)).norm(
        dim=1
    ).min() > 15  # 2.3 is just noticeable

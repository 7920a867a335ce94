"""The neurons of one layer as pixels."""

import math

import pytest
import torch
from picture_checks import MAGENTA, is_a_picture

from torchdemos import pictures


def test_units_become_pixels_one_to_one() -> None:
    x = torch.arange(-8, 8).float()
    assert torch.equal(pictures.pixels(x), pictures.signed(x.reshape(4, 4)))


@pytest.mark.parametrize(
    ("shape", "size"),
    [((4, 784), (57, 57)), ((784,), (28, 28)), ((28, 28), (28, 28)), ((2, 3, 5, 6), (11, 20)), ((), (1, 1))],
)
def test_pixels_lays_out(shape: tuple[int, ...], size: tuple[int, int]) -> None:
    assert pictures.pixels(torch.zeros(shape)).shape == (3, *size)


def test_pixels_that_are_not_a_square_say_so() -> None:
    with pytest.raises(ValueError, match="785 is not a square"):
        pictures.pixels(torch.zeros(4, 785))
    assert pictures.pixels(torch.zeros(785), shape=(5, 157)).shape == (3, 5, 157)
    with pytest.raises(ValueError, match="fill"):
        pictures.pixels(torch.zeros(785), shape=(5, 5))


def test_pixels_of_one_call_share_a_scale() -> None:
    x = torch.tensor([[1.0] * 4, [2.0] * 4])
    picture = pictures.pixels(x)
    assert torch.equal(picture[:, 0, 0], pictures.signed(torch.tensor([[1.0]]), scale=2)[:, 0, 0])


SHAPES = [
    (),
    (1,),
    (7,),
    (10,),
    (257,),
    (20_000,),
    (3, 400),
    (600, 2),
    (8, 24, 24),
    (70, 30, 30),
    (3, 500, 500),
    (2, 3, 4, 5),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("box", [(300, 100), (146, 24), (18, 18)])
def test_units_of_any_shape_fit_their_box(shape: tuple[int, ...], box: tuple[int, int]) -> None:
    picture = pictures.units(torch.ones(shape), *box)
    assert is_a_picture(picture) and picture.shape[2] <= box[0] and picture.shape[1] <= box[1]


@pytest.mark.parametrize("place", [(123, 456), (499, 499)])
def test_a_map_that_is_averaged_down_still_shows_its_nan(place: tuple[int, int]) -> None:
    x = torch.ones(500, 500)
    x[place] = math.nan
    assert (pictures.units(x, 100, 100) == MAGENTA[:, None, None]).all(0).any()

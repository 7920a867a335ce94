"""The way to Pillow and back."""

import torch

from torchdemos import pictures


def test_an_image_has_no_values_beyond_black_and_white() -> None:
    levels = pictures.to_image(torch.tensor([-0.5, 1.5]).expand(3, 1, 2)).getpixel
    assert (levels((0, 0)), levels((1, 0))) == ((0, 0, 0), (255, 255, 255))


def test_images_survive_the_way_to_pillow_and_back() -> None:
    picture = torch.arange(12).reshape(3, 2, 2) / 255
    assert torch.equal(pictures.from_image(pictures.to_image(picture)), picture)

"""Input neurons that never fire, counted in pixels and in gradients."""

import pytest
import torch

from torchdemos.lab.claims import Bound, Claim
from torchdemos.lab.data import Digits
from torchdemos.lab.experiments import dead_pixels


@pytest.mark.parametrize("seed", [0, 3])
def test_the_sample_has_the_dead_pixels_of_mnist_and_they_get_no_gradient(digits: Digits, seed: int) -> None:
    blank, still = dead_pixels.run(digits.train_images, digits.train_labels, seed).claims
    assert isinstance(blank, Bound) and blank.low == 67 and blank.holds
    assert isinstance(still, Claim) and still.predicted == blank.measured and still.holds


def test_ink_in_one_digit_brings_a_pixel_to_life(digits: Digits) -> None:
    images = digits.train_images.clone()
    before, _ = dead_pixels.run(images, digits.train_labels).claims
    images[5, 0, 0, 0] = 1 / 255
    after, still = dead_pixels.run(images, digits.train_labels).claims
    assert after.measured == before.measured - 1 and still.holds


def test_all_of_mnist_has_exactly_67() -> None:
    assert dead_pixels.blank_claim(60_000, 67).holds
    assert not dead_pixels.blank_claim(60_000, 68).holds
    assert dead_pixels.blank_claim(1_000, 68).holds and not dead_pixels.blank_claim(1_000, 66).holds


def test_dead_pixels_have_a_colour_of_their_own(digits: Digits) -> None:
    share = torch.linspace(0, 1, 784).view(28, 28)
    image = dead_pixels.draw(share, share == 0)
    is_dead = (image == torch.tensor(dead_pixels.DEAD_COLOUR)[:, None, None]).all(dim=0)
    assert int(is_dead[:, :170].sum()) == 36  # one pixel of 6x6
    assert image.shape[1] <= 190 and image.shape[2] == 300

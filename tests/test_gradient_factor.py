"""The factor of a layer, predicted and measured."""

import pytest

from torchdemos.data import Digits, standardize
from torchdemos.demos import gradient_flow
from torchdemos.experiments import gradient_factor


@pytest.mark.parametrize("start", [*gradient_flow.TRAINED, gradient_flow.HE], ids=lambda start: start.name)
@pytest.mark.parametrize("seed", [100, 200])
def test_the_factor_of_a_layer_is_what_theory_predicts(start: gradient_factor.Start, seed: int, digits: Digits) -> None:
    images, labels = standardize(digits.train_images)[:256], digits.train_labels[:256]
    claim = gradient_factor.claim(start, 20, 200, range(seed, seed + 12), images, labels)
    assert claim.holds, claim


def test_the_published_factor_of_nielsens_sigmoid_is_reproduced(digits: Digits) -> None:
    images, labels = standardize(digits.train_images)[:256], digits.train_labels[:256]
    claim = gradient_factor.claim(gradient_flow.VANISH, 20, 200, range(12), images, labels)
    assert 1 / claim.measured == pytest.approx(4.882, rel=0.03)


def test_gradients_beyond_the_range_of_float32_are_still_measured(digits: Digits) -> None:
    images, labels = standardize(digits.train_images)[:32], digits.train_labels[:32]
    claim = gradient_factor.claim(gradient_flow.VANISH, 80, 30, [0], images, labels)
    assert claim.measured == pytest.approx(claim.predicted, rel=0.1)

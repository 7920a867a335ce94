"""The factor of a layer, predicted and measured."""

import pytest

from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.demos import gradient_flow
from torchdemos.lab.experiments import gradient_factor


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


def test_what_a_network_started_as_is_predicted_from_its_weights_too(digits: Digits) -> None:
    images = standardize(digits.train_images)[:256]
    start = gradient_flow.FLOW
    model = gradient_factor.network(start, 6, 200, 0, images.device)
    norms = [float(p.detach().norm()) for name, p in model.named_parameters() if not name.startswith("out")]
    now = gradient_factor.predict_now(start.activation, norms, 200, float(images.square().mean()))
    assert now == pytest.approx(gradient_factor.predict(start, 6, images), abs=0.1)


def test_nothing_is_predicted_from_weights_that_are_not_finite() -> None:
    assert gradient_factor.predict_now("tanh", [1.0, 0.1, float("inf"), 0.1], 10, 1.0) == []

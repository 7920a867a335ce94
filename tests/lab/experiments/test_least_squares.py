"""Ten neurons in closed form, against algebra and an independent solver."""

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from torchdemos.lab.data import Digits
from torchdemos.lab.experiments import least_squares


def test_algebra_holds_on_any_sample(digits: Digits) -> None:
    found = least_squares.run(digits.train_images, digits.train_labels, digits.test_images, digits.test_labels)
    assert [claim.name for claim in found.claims] == [
        "least squares, loss by Pythagoras",
        "ten outputs of a test digit, sum",
    ]
    assert all(claim.holds for claim in found.claims), found.claims


def test_mnists_own_constants_are_held_against_all_of_mnist_only(
    digits: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, labels = digits.test_images[:60], digits.test_labels[:60]
    monkeypatch.setattr(least_squares, "MNIST_TRAIN_DIGITS", 60)
    found = least_squares.run(images, labels, images, labels)
    constants = {claim.name: claim.predicted for claim in found.claims[2:]}
    assert list(constants.values()) == [0.1397, 0.190009, 0.1797]
    assert not any(claim.holds for claim in found.claims[2:])


def test_the_solution_is_that_of_another_solver(digits: Digits) -> None:
    inputs = least_squares.with_bias(digits.train_images[:2000])
    targets = one_hot(digits.train_labels[:2000], 10).double()
    weights, loss = least_squares.solve(inputs, targets)
    theirs, *_ = np.linalg.lstsq(inputs.numpy(), targets.numpy())
    assert torch.allclose(inputs @ weights, torch.from_numpy(inputs.numpy() @ theirs), atol=1e-6)
    residuals = inputs.numpy() @ theirs - targets.numpy()
    assert loss == pytest.approx(float((residuals**2).sum(axis=1).mean()) / 2)


def test_dead_pixels_get_no_weight(digits: Digits) -> None:
    inputs = least_squares.with_bias(digits.train_images)
    weights, _ = least_squares.solve(inputs, one_hot(digits.train_labels, 10).double())
    assert weights[(inputs == 0).all(dim=0)].abs().max() < 1e-6 * weights.abs().max()


def test_the_farthest_value_and_the_share_of_errors() -> None:
    assert least_squares.farthest(torch.tensor([1.1, 0.7, 1.2]), 1.0) == pytest.approx(0.7)
    assert least_squares.error(torch.tensor([1, 2, 3, 4]), torch.tensor([1, 2, 0, 4])) == 0.25

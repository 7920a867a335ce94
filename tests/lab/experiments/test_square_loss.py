"""Squared error against cross entropy, over seeds."""

import math

import pytest

from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.experiments import square_loss


def test_squared_error_does_as_well_as_cross_entropy_in_a_small_run(digits: Digits) -> None:
    train, test = standardize(digits.train_images), standardize(digits.test_images)
    result = square_loss.run(train, digits.train_labels, test, digits.test_labels, steps=60, networks=2, seed=1)
    (claim,) = result.claims
    assert abs(claim.measured) < 0.05 and claim.source == "Hui & Belkin 2021"
    ((figure, image),) = result.figures.items()
    assert figure == square_loss.FIGURE and image.shape[2] == 300
    assert all(f"|{name}|" in figure.about for name in square_loss.COMPARED)


def test_the_table_has_mean_and_standard_deviation_over_seeds() -> None:
    assert "|one|95.00|1.00|" in square_loss.table({"one": [0.94, 0.95, 0.96]})
    assert math.isnan(square_loss.spread([0.9]))


def test_each_seed_is_a_network_of_its_own(digits: Digits) -> None:
    test = standardize(digits.test_images), digits.test_labels
    loss_fn = square_loss.LOSSES["cross entropy"]
    fresh = [square_loss.trained(loss_fn, seed, [], *test) for seed in (0, 1, 0)]
    assert fresh[0] == fresh[2] != fresh[1]
    assert fresh[0] == pytest.approx(0.1, abs=0.1)

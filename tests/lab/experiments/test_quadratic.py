"""A linear layer diverges where its pixels say, and its losses are known before training."""

import pytest

from torchdemos.lab.data import Digits
from torchdemos.lab.experiments import quadratic
from torchdemos.lab.experiments.quadratic import Bowl, Threshold

FEW = 1000


@pytest.fixture(scope="module")
def thresholds(digits: Digits) -> dict[str, Threshold]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quadratic, "SEARCH_STEPS", 120)
        found = quadratic.thresholds(digits.train_images[:FEW], digits.train_labels[:FEW])
    return {one.kind: one for one in found}


@pytest.fixture(scope="module")
def raw(thresholds: dict[str, Threshold]) -> Bowl:
    return thresholds["raw"].bowl


def test_training_diverges_at_two_over_lambda(thresholds: dict[str, Threshold]) -> None:
    assert list(thresholds) == ["raw", "centred", "standardised"]
    assert all(found.claim(FEW).holds and found.found.falls < found.found.rises for found in thresholds.values())


def test_centring_buys_a_larger_step_and_scaling_up_costs_one(thresholds: dict[str, Threshold]) -> None:
    raw, centred, standardised = (found.found.middle for found in thresholds.values())
    assert centred > 5 * raw and standardised < raw / 5


def test_the_threshold_of_all_embedded_digits_is_near_that_of_the_full_mnist(digits: Digits) -> None:
    known = quadratic.bowl(quadratic.pixels(digits.train_images, "raw"), digits.train_labels)
    assert known.threshold == pytest.approx(0.051265, rel=0.01)


def test_the_wall_stands_at_the_threshold(raw: Bowl) -> None:
    points = quadratic.losses_by_rate(raw, 30, count=12)
    assert [point.measured for point in points] == pytest.approx([point.predicted for point in points])
    assert points[-1].learning_rate > raw.threshold and points[-1].measured > points[-3].measured

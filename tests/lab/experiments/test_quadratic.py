"""A linear layer diverges where its pixels say, and its losses are known before training."""

import pytest
import torch

from torchdemos.lab.claims import Bound
from torchdemos.lab.data import Digits
from torchdemos.lab.experiments import quadratic
from torchdemos.lab.experiments.quadratic import Bowl, Rung, Threshold

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


@pytest.fixture(scope="module")
def rungs(raw: Bowl, digits: Digits) -> list[Rung]:
    inputs = quadratic.pixels(digits.train_images[:FEW], "raw")
    return quadratic.train_rungs(raw, inputs, digits.train_labels[:FEW], (0.02, 0.5, 0.99, 1.05), 40)


def test_training_diverges_at_two_over_lambda(thresholds: dict[str, Threshold]) -> None:
    assert list(thresholds) == ["raw", "centred", "standardised"]
    assert all(found.claim(FEW).holds and found.found.falls < found.found.rises for found in thresholds.values())


def test_centring_buys_a_larger_step_and_scaling_up_costs_one(thresholds: dict[str, Threshold]) -> None:
    raw, centred, standardised = (found.found.middle for found in thresholds.values())
    assert centred > 5 * raw and standardised < raw / 5


def test_the_threshold_of_all_embedded_digits_is_near_that_of_the_full_mnist(digits: Digits) -> None:
    known = quadratic.bowl(quadratic.pixels(digits.train_images, "raw"), digits.train_labels)
    assert known.threshold == pytest.approx(0.051265, rel=0.01)


def test_losses_of_autograd_are_those_of_the_formula(rungs: list[Rung]) -> None:
    claim = quadratic.curves_claim(rungs, FEW)
    assert claim.holds and isinstance(claim, Bound) and claim.measured < 1e-9
    assert all(rung.distance == pytest.approx(rung.exact_distance, abs=1e-9) for rung in rungs)


def test_descent_on_the_averages_is_descent_on_the_digits(raw: Bowl, rungs: list[Rung]) -> None:
    for rung in rungs:
        assert list(quadratic.descend(raw, rung.learning_rate, 40)) == pytest.approx(rung.measured, rel=1e-9)


def test_a_wrong_formula_would_be_noticed(raw: Bowl, digits: Digits) -> None:
    inputs = quadratic.pixels(digits.train_images[:FEW], "raw")
    other = raw._replace(curvatures=raw.curvatures * 1.001)
    assert not quadratic.curves_claim(
        quadratic.train_rungs(other, inputs, digits.train_labels[:FEW], [0.5], 5), FEW
    ).holds


def test_only_the_rung_above_the_threshold_ends_higher_than_it_began(rungs: list[Rung]) -> None:
    assert [rung.measured[-1] > rung.measured[0] for rung in rungs] == [False, False, False, True]


def test_rungs_beyond_all_numbers_are_data(raw: Bowl, digits: Digits) -> None:
    inputs = quadratic.pixels(digits.train_images[:FEW], "raw")
    rungs = quadratic.train_rungs(raw, inputs, digits.train_labels[:FEW], (1, 1e10, 1e20, 1e30), 12)
    assert len(rungs[-1].measured) == 12 and quadratic.curves_claim(rungs, FEW).holds


def test_the_wall_stands_at_the_threshold(raw: Bowl) -> None:
    points = quadratic.losses_by_rate(raw, 30, count=12)
    assert [point.measured for point in points] == pytest.approx([point.predicted for point in points])
    assert points[-1].learning_rate > raw.threshold and points[-1].measured > points[-3].measured


def test_the_random_state_is_not_touched(raw: Bowl, digits: Digits) -> None:
    before = torch.get_rng_state()
    quadratic.train_rungs(raw, quadratic.pixels(digits.train_images[:FEW], "raw"), digits.train_labels[:FEW], [0.5], 1)
    assert torch.equal(before, torch.get_rng_state())

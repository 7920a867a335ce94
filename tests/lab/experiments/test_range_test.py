"""The loss of a range test is lowest past 2 / sharpness and before 4 / sharpness."""

import math

import pytest

from torchdemos.lab.data import Digits
from torchdemos.lab.experiments import range_test
from torchdemos.lab.experiments.range_test import Sweep
from torchdemos.lab.result import Result


@pytest.fixture(scope="module")
def result(digits: Digits) -> Result:
    return range_test.run(digits.train_images[:100], digits.train_labels[:100], seed=3)


def test_every_claim_holds_with_another_seed_and_fewer_digits(result: Result) -> None:
    held = [claim.name for claim in result.claims if claim.holds]
    assert held == [
        "range test: lr / (2/sharpness) at the first step up",
        "range test: lr / (2/sharpness) at the lowest loss",
    ], result.claims


def test_the_sweep_goes_from_far_below_the_limit_to_far_above(result: Result) -> None:
    over = result.curves["range_test/learning_rate_over_limit"]
    assert over[0] < 0.1 and max(over.values()) > 3
    assert set(result.curves) == set(result.about)
    assert set(result.figures) == {range_test.LOSS_FIGURE, range_test.LIMIT_FIGURE}


def test_the_network_has_flattened_by_the_time_the_loss_is_lowest(digits: Digits, result: Result) -> None:
    losses = result.curves["range_test/loss"]
    lowest = min(losses, key=lambda step: losses[step] if math.isfinite(losses[step]) else math.inf)
    assert losses[lowest] < losses[0] / 4 and 150 < lowest < 290


def test_first_rise_and_lowest_loss_of_a_sweep_that_ends_in_nan() -> None:
    sweep = Sweep([1.0, 2.0, 4.0, 8.0, 16.0], [5.0, 3.0, 4.0, 1.0, math.nan], {0: 1.0, 2: 0.5, 4: math.nan})
    assert (sweep.first_rise, sweep.lowest) == (1, 3)
    assert (sweep.over_limit(1), sweep.over_limit(3)) == (1.0, 2.0) and math.isnan(sweep.over_limit(4))
    assert [claim.holds for claim in range_test.claims(sweep)] == [True, True]


def test_a_loss_without_upward_curvature_has_no_limit() -> None:
    assert Sweep([1.0], [1.0], {0: -3.0}).limit(0) == math.inf

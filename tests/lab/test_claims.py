"""A claim holds exactly when the measurement lies within the tolerance."""

import math

import pytest

from torchdemos.lab.claims import Bound, Claim


def claim(predicted: float, measured: float, tolerance: float, relative: bool = True) -> Claim:
    return Claim("chi", "Schoenholz et al. 2017, eq. 5", predicted, measured, tolerance, relative)


def test_a_relative_tolerance_is_a_share_of_the_prediction() -> None:
    assert claim(200.0, 209.0, 0.05).holds
    assert claim(200.0, 191.0, 0.05).holds
    assert not claim(200.0, 211.0, 0.05).holds
    assert not claim(200.0, 189.0, 0.05).holds
    assert claim(200.0, 209.0, 0.05).deviation == pytest.approx(0.045)


def test_a_negative_prediction_is_as_good_as_any() -> None:
    assert claim(-1.25, -1.22, 0.05).holds
    assert not claim(-1.25, 1.25, 0.05).holds


def test_an_absolute_tolerance_is_in_the_predictions_units() -> None:
    assert claim(0.0, -0.04, 0.05, relative=False).holds
    assert not claim(200.0, 200.1, 0.05, relative=False).holds
    assert claim(200.0, 200.5, 1.0, relative=False).deviation == 0.5


def test_an_exact_claim_allows_nothing() -> None:
    assert claim(1135, 1135, 0).holds
    assert not claim(1135, 1136, 0).holds


@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("measured", [math.nan, math.inf, -math.inf])
def test_a_measurement_that_is_not_finite_never_holds(measured: float, relative: bool) -> None:
    assert not claim(1.0, measured, math.inf, relative).holds
    assert not claim(math.inf, measured, 0.1, relative).holds


@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("predicted", [math.nan, math.inf])
def test_a_prediction_that_is_not_finite_never_holds(predicted: float, relative: bool) -> None:
    assert not claim(predicted, 1.0, 0.1, relative).holds


def test_a_share_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match=r"chi: predicted is 0.*relative=False"):
        claim(0.0, 0.1, 0.1)


@pytest.mark.parametrize("tolerance", [-0.1, math.nan])
def test_a_tolerance_that_nothing_can_meet_is_refused(tolerance: float) -> None:
    with pytest.raises(ValueError, match="tolerance must be at least 0"):
        claim(1.0, 1.0, tolerance)


def test_a_bound_holds_within_its_range_ends_included() -> None:
    assert [Bound("x", "", value, 0.95, 1.15).holds for value in (0.94, 0.95, 1.15, 1.16, math.nan)] == [
        False,
        True,
        True,
        False,
        False,
    ]
    assert Bound("x", "", math.inf, low=1).holds and not Bound("x", "", -math.inf, low=1).holds


def test_predictions_and_differences_in_words() -> None:
    assert claim(0.2048, 0.2045, 0.03).prediction == "0.2048"
    assert claim(200.0, 201.0, 0.05).difference == "0.5% (allowed 5%)"
    assert claim(0.0, 1e-9, 0.1, relative=False).difference == "0 (allowed 0.1)"
    assert Bound("x", "", 1.0, 0.95, 1.15).prediction == "0.95 to 1.15"
    assert Bound("x", "", 1.0, low=0.8).prediction == "at least 0.8"
    assert Bound("x", "", 1.0, high=2.5).prediction == "at most 2.5"
    assert Bound("x", "", 1.0, low=0.8).difference == ""
    assert Bound("x", "", 1.0, high=0.75).difference == "outside by 0.25"


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(ValueError, match="is empty"):
        Bound("x", "", 1.0, 2.0, 1.0)

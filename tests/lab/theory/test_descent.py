"""Thresholds and exact courses of gradient descent, against closed forms and gradient descent itself."""

import math

import numpy as np
import pytest

from torchdemos.lab.theory import descent
from torchdemos.lab.theory.descent import NetworkState


def test_thresholds_of_the_unit_curvature_and_of_flat_ground() -> None:
    assert (descent.threshold(1.0), descent.catapult_threshold(1.0)) == (2.0, 4.0)
    assert descent.threshold(0.0) == descent.catapult_threshold(0.0) == math.inf


@pytest.mark.parametrize("sharpness", [-1.0, math.nan])
def test_a_sharpness_that_is_none_is_refused(sharpness: float) -> None:
    with pytest.raises(ValueError, match="sharpness must be at least 0"):
        descent.threshold(sharpness)


def test_half_the_threshold_arrives_in_one_step_and_the_threshold_swings_for_ever() -> None:
    assert descent.distances(0.25, 4.0, 3) == [1.0, 0.0, 0.0]
    assert descent.distances(0.5, 4.0, 3) == [1.0, -1.0, 1.0]
    assert descent.distances(1e300, 4.0, 4)[-1] == -math.inf


@pytest.mark.parametrize("learning_rate", [0.01, 0.2, 0.6])
def test_losses_are_those_of_gradient_descent_on_the_quadratic(learning_rate: float) -> None:
    curvatures, weights, losses = np.array([0.0, 0.5, 4.0]), np.array([5.0, 3.0, -1.0]), []
    for _ in range(20):
        losses.append(7.0 + float(curvatures @ weights**2) / 2)
        weights = weights - learning_rate * curvatures * weights
    exact = descent.quadratic_losses(7.0, curvatures.tolist(), [25.0, 9.0, 1.0], learning_rate, 20)
    assert exact == pytest.approx(losses, rel=1e-12)


def test_losses_beyond_float64_are_infinite_and_flat_directions_stay_out_of_it() -> None:
    assert descent.quadratic_losses(1.0, [0.0, 1.0], [3.0, 2.0], 1e200, 3) == [2.0, math.inf, math.inf]
    with pytest.raises(ValueError, match="2 curvatures need as many"):
        descent.quadratic_losses(1.0, [1.0, 2.0], [3.0], 0.1, 3)


@pytest.mark.parametrize("learning_rate", [0.3, 1.4])
def test_the_map_of_two_numbers_is_a_step_of_the_whole_network(learning_rate: float) -> None:
    u, v, n = np.array([1.0, 2.0, -1.0]), np.array([0.5, 1.0, 1.5]), 3
    start = NetworkState(u @ v / math.sqrt(n), (u @ u + v @ v) / n)
    push = learning_rate * start.output / math.sqrt(n)
    u, v = u - push * v, v - push * u
    after = descent.catapult(start, n, learning_rate, 2)[1]
    assert after == pytest.approx((u @ v / math.sqrt(n), (u @ u + v @ v) / n))
    assert after.loss == pytest.approx((u @ v) ** 2 / n / 2)


def test_sharpness_falls_below_the_catapult_threshold_and_rises_above() -> None:
    start = NetworkState(1.0, 2.0)
    ends = [descent.catapult(start, 100, rate, 2)[1].sharpness for rate in (1.9, 2.0, 2.1)]
    assert ends[0] < 2.0 == ends[1] < ends[2]


def test_a_map_that_leaves_the_numbers_goes_on() -> None:
    states = descent.catapult(NetworkState(1.0, 2.0), 10, 50.0, 30)
    assert len(states) == 30 and not math.isfinite(states[-1].output)
    with pytest.raises(ValueError, match="width"):
        descent.catapult(NetworkState(1.0, 2.0), 0, 1.0, 3)

"""What one neuron can do, against closed forms and independent computations."""

import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from torchdemos.lab.theory import neuron


@pytest.mark.parametrize("inputs", [1, 2, 20, 50, 784])
def test_half_of_all_labellings_of_twice_as_many_points_as_inputs(inputs: int) -> None:
    assert neuron.separability(2 * inputs, inputs) == 0.5


@pytest.mark.parametrize(("points", "inputs"), [(1, 1), (7, 7), (10, 50)])
def test_as_many_points_as_inputs_take_any_labels(points: int, inputs: int) -> None:
    assert neuron.separability(points, inputs) == 1.0


def test_two_inputs_counted_by_hand() -> None:
    """Directions of w on a circle: P points cut it into 2P arcs, one for each labelling that a neuron can give."""
    angles = np.linspace(0, 2 * math.pi, 100_000)
    points = np.array([[1.0, 0.1], [0.3, 1.0], [-0.8, 0.9], [-1.0, -0.2], [0.2, -0.7]])
    signs = {tuple(row) for row in np.stack([np.cos(angles), np.sin(angles)], 1) @ points.T > 0}
    possible = sum(labels in signs for labels in product([False, True], repeat=5))
    assert neuron.separability(5, 2) == possible / 2**5


@pytest.mark.parametrize(("points", "inputs"), [(30, 20), (115, 50), (1001, 500)])
def test_it_is_the_lower_tail_of_fair_coins(points: int, inputs: int) -> None:
    assert neuron.separability(points, inputs) == pytest.approx(binom.cdf(inputs - 1, points - 1, 0.5), rel=1e-9)


def test_no_size_overflows() -> None:
    assert neuron.separability(10_000, 5_000) == 0.5
    assert neuron.separability(5_000, 1) == 0.0
    assert neuron.separability(1_500, 1_000) == pytest.approx(1.0)


@pytest.mark.parametrize(("points", "inputs"), [(0, 1), (1, 0), (-2, 3)])
def test_no_points_or_inputs_are_refused(points: int, inputs: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        neuron.separability(points, inputs)


def test_the_mistake_bound_is_the_squared_ratio() -> None:
    assert neuron.mistake_bound(10.0, 0.5) == 400.0
    assert neuron.mistake_bound(1.0, 0.0) == math.inf


@pytest.mark.parametrize(("radius", "margin"), [(-1.0, 1.0), (1.0, -1.0), (math.nan, 1.0), (1.0, math.nan)])
def test_lengths_that_are_none_are_refused(radius: float, margin: float) -> None:
    with pytest.raises(ValueError, match="at least 0"):
        neuron.mistake_bound(radius, margin)

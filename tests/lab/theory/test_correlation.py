"""Two inputs on their way through a network, against published values, closed forms and drawn numbers."""

import math

import numpy as np
import pytest
import torch

from torchdemos.lab.theory import correlation, mean_field

# weight variance, c*, xi_c of tanh at bias variance 0.05, from Gauss-Hermite quadrature with 101 nodes
TABLE = [(1.0, 1, 3.63), (1.5, 1, 15.79), (2.0, 0.7441, 25.21), (2.5, 0.4468, 11.80), (4.0, 0.1651, 6.98)]


@pytest.mark.parametrize(("weight_variance", "fixed", "xi"), TABLE)
def test_fixed_points_and_depths_of_tanh(weight_variance: float, fixed: float, xi: float) -> None:
    assert correlation.fixed_correlation("tanh", weight_variance, 0.05) == pytest.approx(fixed, abs=1e-4)
    assert correlation.correlation_depth("tanh", weight_variance, 0.05) == pytest.approx(xi, abs=0.006)


def test_the_fixed_point_stays_and_its_neighbours_move_towards_it_by_the_factor() -> None:
    fixed = correlation.fixed_correlation("tanh", 3.0, 0.05)
    factor = correlation.correlation_factor("tanh", 3.0, 0.05)
    assert correlation.correlation_map(fixed, "tanh", 3.0, 0.05) == pytest.approx(fixed, abs=1e-9)
    moved = correlation.correlation_map(fixed + 1e-4, "tanh", 3.0, 0.05) - fixed
    assert 0 < factor < 1 and moved / 1e-4 == pytest.approx(factor, rel=1e-3)


def test_equal_inputs_stay_equal_and_apart_they_are_driven_further_in_chaos() -> None:
    for weight_variance in (1.0, 4.0):
        assert correlation.correlation_map(1.0, "tanh", weight_variance, 0.05) == pytest.approx(1, rel=1e-9)
    assert correlation.correlation_map(0.99, "tanh", 4.0, 0.05) < 0.99
    assert correlation.correlation_map(0.5, "tanh", 1.0, 0.05) > 0.5


def test_the_map_is_that_of_drawn_numbers(generator: torch.Generator) -> None:
    q = mean_field.fixed_point("tanh", 2.5, 0.05)
    first, second = torch.randn(2, 10**6, generator=generator, dtype=torch.float64)
    second = 0.6 * first + 0.8 * second
    product = (math.sqrt(q) * first).tanh() * (math.sqrt(q) * second).tanh()
    drawn = (2.5 * float(product.mean()) + 0.05) / q
    assert correlation.correlation_map(0.6, "tanh", 2.5, 0.05) == pytest.approx(drawn, abs=0.003)


@pytest.mark.parametrize("c", [-1.0, -0.3, 0.0, 0.7, 1.0])
def test_relu_follows_the_arc_cosine_kernel(c: float) -> None:
    """Cho & Saul 2009."""
    kernel = (math.sqrt(1 - c * c) + c * (math.pi - math.acos(c))) / math.pi
    assert correlation.correlation_map(c, "relu", 2.0) == pytest.approx(kernel, abs=2e-3)


def test_relu_at_its_critical_variance_forgets_no_correlation_exponentially() -> None:
    assert correlation.fixed_correlation("relu", 2.0) == 1 and correlation.correlation_depth("relu", 2.0) == math.inf


def test_without_a_signal_there_is_no_correlation() -> None:
    for activation, weight_variance in (("tanh", 0.5), ("relu", 3.0)):
        with pytest.raises(ValueError, match="no correlation where lengths settle"):
            correlation.fixed_correlation(activation, weight_variance)
    with pytest.raises(ValueError, match="between -1 and 1"):
        correlation.correlation_map(1.1, "tanh", 2.0, 0.05)


@pytest.mark.parametrize("c", [-0.7, 0.0, 0.4, 0.95])
def test_arc_cosine_kernels_are_the_expectations_they_stand_for(c: float) -> None:
    angle = (np.arange(200_000) + 0.5) / 200_000 * 2 * math.pi  # of a Gaussian pair; its radius has mean square 2
    first, second = np.cos(angle), c * np.cos(angle) + math.sqrt(1 - c**2) * np.sin(angle)
    shared = 2 * np.mean((first > 0) & (second > 0))
    following = 2 * 2 * np.mean(np.maximum(first, 0) * np.maximum(second, 0))
    assert correlation.arc_cosine(c) == pytest.approx((shared, following), abs=1e-4)


def test_gradients_are_correlated_as_the_product_of_kernels_and_not_as_powers_of_a_half() -> None:
    found = [correlation.gradient_correlation(layers) for layers in (1, 2, 4, 6, 8)]
    assert found == pytest.approx([0.5, 0.3016, 0.1416, 0.0798, 0.0500], abs=6e-5)
    assert [correlation.shattered(layers) for layers in (1, 2, 4)] == [0.5, 0.25, 0.0625]
    assert correlation.gradient_correlation(50, correlation=1.0) == 1.0
    assert 0 < correlation.gradient_correlation(500) < 1e-3


def test_correlations_and_depths_that_cannot_be_are_refused() -> None:
    for call in (
        lambda: correlation.arc_cosine(1.1),
        lambda: correlation.gradient_correlation(0),
        lambda: correlation.shattered(0),
    ):
        with pytest.raises(ValueError):
            call()

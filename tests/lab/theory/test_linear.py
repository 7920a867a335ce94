"""Random matrices and linear networks, against drawn matrices, integrated equations and mean-field theory."""

import math

import pytest
import torch
from scipy.integrate import solve_ivp

from torchdemos.lab.theory import linear, mean_field


@pytest.mark.parametrize("std", [1 / math.sqrt(3), 1.0])
def test_the_mean_singular_value_is_that_of_a_drawn_matrix(std: float, generator: torch.Generator) -> None:
    drawn = std * torch.randn(600, 600, generator=generator, dtype=torch.float64) / math.sqrt(600)
    assert linear.mean_singular_value(std) == pytest.approx(float(torch.linalg.svdvals(drawn).mean()), rel=0.003)


def test_the_two_starts_of_glorot_and_bengio() -> None:
    assert linear.mean_singular_value(1 / math.sqrt(3)) == pytest.approx(0.490, abs=5e-4)
    assert linear.mean_singular_value(1.0) == pytest.approx(0.849, abs=5e-4)
    assert linear.mean_singular_value(0.0) == 0


@pytest.mark.parametrize(("strength", "start"), [(0.28, 1e-3), (0.14, 1e-3), (2.0, 0.5)])
def test_a_mode_follows_its_differential_equation(strength: float, start: float) -> None:
    """da/dt = 2 a (s - a): the two layers, each sqrt(a), pull on one another."""
    times = [0.0, 1.0, 5.0, 20.0, 40.0]
    solved = solve_ivp(lambda t, a: 2 * a * (strength - a), (0, 40), [start], t_eval=times, rtol=1e-10, atol=1e-12)
    laws = [linear.mode_strength(time, strength, start) for time in times]
    assert laws == pytest.approx(solved.y[0].tolist(), rel=1e-6)


def test_a_mode_goes_from_its_start_through_its_half_to_its_strength() -> None:
    half = linear.half_time(0.25, 1e-3)
    assert linear.mode_strength(0, 0.25, 1e-3) == pytest.approx(1e-3)
    assert linear.mode_strength(half, 0.25, 1e-3) == pytest.approx(0.125)
    assert linear.mode_strength(math.inf, 0.25, 1e-3) == 0.25
    assert linear.half_time(0.25, 0.2) < 0 < linear.half_time(0.25, 0.1)


@pytest.mark.parametrize("weight_variance", [0.5, 1.0, 2.0, 8.0])
def test_the_variance_ratio_is_that_of_mean_field_theory(weight_variance: float) -> None:
    lengths = mean_field.lengths(1.0, 30, "relu", weight_variance)
    assert linear.relu_variance_ratio(30, weight_variance) == pytest.approx(lengths[-1] / lengths[0], rel=1e-9)


def test_xavier_halves_and_he_keeps_the_variance() -> None:
    assert linear.relu_variance_ratio(30, 1.0) == 2.0**-29 and linear.relu_variance_ratio(30, 2.0) == 1
    assert linear.relu_variance_ratio(1, 0.0) == 1 and linear.relu_variance_ratio(2, 0.0) == 0


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="std must be at least 0"):
        linear.mean_singular_value(-1)
    with pytest.raises(ValueError, match="time must be at least 0"):
        linear.mode_strength(-1, 0.2, 0.1)
    for start in (0.0, 0.2, math.nan):
        with pytest.raises(ValueError, match="0 < start < singular_value"):
            linear.half_time(0.2, start)
    with pytest.raises(ValueError, match="depth must be at least 1"):
        linear.relu_variance_ratio(0, 1.0)
    with pytest.raises(ValueError, match="weight_variance must be at least 0"):
        linear.relu_variance_ratio(3, math.nan)

"""Gradients that vanish or explode, and those that only look so."""

import math

import numpy as np
import pytest

from torchdemos import diagnosis
from torchdemos.diagnosis import diagnose

from .by_layer import geometric, layers


@pytest.mark.parametrize(
    ("factor", "expected"),
    [
        (0.316, "warning"),  # 0.316^-4 = 100.3
        (0.32, None),
        (0.2, "warning"),
        (0.178, "warning"),
        (0.177, "error"),
        (3.1, None),
        (5.0, "warning"),
        (5.7, "error"),
    ],
)
def test_the_gradients_slope_is_held_against_100_and_1000(factor: float, expected: str | None) -> None:
    found = diagnosis.gradient_slope(geometric(factor, 5))
    assert (found.level if found else None) == expected


def test_vanishing_and_exploding_are_named_by_direction() -> None:
    vanishing, exploding = diagnose(gradient_norms=geometric(1 / 4.882, 7)), diagnose(gradient_norms=geometric(4.0, 7))
    assert [(f.kind, f.level, f.layer) for f in vanishing] == [("vanishing gradient", "error", "fc0")]
    assert [(f.kind, f.level, f.layer) for f in exploding] == [("exploding gradient", "error", "fc0")]
    assert "shrinks by a factor of 4.88 per layer" in vanishing[0].message
    assert "grows by a factor of 4 per layer, 4.1e+03 over 7 layers" in exploding[0].message


def test_the_slope_is_least_squares() -> None:
    logs = np.random.default_rng(0).normal(np.arange(20.0), 2.0)
    found = diagnosis.gradient_slope(layers(*np.exp(logs)))
    assert found is not None
    assert f"a factor of {math.exp(np.polyfit(range(20), logs, 1)[0]):.3g} per layer" in found.message


def test_one_odd_layer_is_no_slope() -> None:
    assert diagnosis.gradient_slope(layers(1, 1, 1, 1e-3, 1, 1, 1)) is None


def test_norms_that_are_missing_leave_the_line_as_it_is() -> None:
    norms = geometric(0.1, 7) | {"fc2": math.nan, "fc3": math.inf, "fc4": 0.0}
    found = diagnosis.gradient_slope(norms)
    assert found is not None and "a factor of 10 per layer, 1e+06 over 7 layers" in found.message


def test_two_layers_are_no_slope() -> None:
    assert diagnosis.gradient_slope(layers(1e-9, 1.0)) is None
    assert diagnosis.gradient_slope(layers(1e-9, math.nan, 1.0)) is None


def test_the_widest_range_of_float64_does_not_overflow() -> None:
    found = diagnosis.gradient_slope(layers(5e-324, 1e-8, 1.7e308))
    assert found is not None and found.level == "error" and "1e632 over 3 layers" in found.message


def test_a_steep_gradient_is_forgiven_while_the_loss_falls() -> None:
    norms = geometric(0.1, 6)
    assert diagnose(losses=[2.3, 2.0, 1.7], gradient_norms=norms) == []
    assert diagnose(losses=[2.6, 2.4, 2.31, 2.3], gradient_norms=norms)[0].kind == "vanishing gradient"
    assert diagnose(losses=[2.3], gradient_norms=norms)[0].kind == "vanishing gradient"
    assert "vanishing gradient" in [f.kind for f in diagnose(losses=[2.3, 1.0, math.nan], gradient_norms=norms)]


def test_a_net_that_learned_long_ago_is_still_forgiven() -> None:
    assert diagnosis.gradient_slope(geometric(0.1, 6), [2.3] * 5 + [0.01] * 95) is None


def test_a_loss_that_was_nan_on_the_way_is_not_falling() -> None:
    assert diagnosis.gradient_slope(geometric(0.1, 6), [2.3, math.nan, 1.0]) is not None


def test_one_lucky_batch_is_no_falling_loss() -> None:
    assert diagnosis.gradient_slope(geometric(0.1, 6), [2.3] * 39 + [1.0]) is not None


def test_a_loss_of_zero_is_not_falling() -> None:
    assert diagnosis.gradient_slope(geometric(0.1, 6), [0.0, 0.0, 0.0]) is not None


def test_a_gradient_of_exactly_zero_has_vanished_even_while_the_loss_falls() -> None:
    found = diagnose(losses=[2.3, 1.0], gradient_norms=layers(0.0, 0.0, 0.3))
    assert [(f.kind, f.level, f.layer) for f in found] == [("vanishing gradient", "error", "fc1")]
    assert "exactly 0" in found[0].message and "1 more layer like it" in found[0].message

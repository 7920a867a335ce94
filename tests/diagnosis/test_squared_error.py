"""A mean squared error tells its targets by its gradient."""

import math

import pytest
from histories import run, squared

from torchdemos.diagnosis.constant_answer import constant_cost
from torchdemos.diagnosis.squared_error import is_negated, is_squared, largest_errors


@pytest.mark.parametrize(("times", "squares"), [(1.0009, True), (1.0011, False)])
def test_a_squared_error_has_four_times_itself_as_the_square_of_its_gradient(times: float, squares: bool) -> None:
    assert is_squared(run([2.0] * 40, answer=squared(2.0 * times))) == squares
    assert is_negated(run([-2.0] * 40, answer=squared(2.0 * times))) == squares


def test_errors_vary_by_what_targets_do_while_answers_do_not() -> None:
    history = run([2.0] * 40, answer=squared(2.0, std=0.1, grad_shared=2.0))  # errors of mean 1
    assert constant_cost(history) == pytest.approx((2.0 - 1.0) * 64 / 63 - 0.01)


@pytest.mark.parametrize(("rows", "known"), [(3, False), (4, True)])
def test_a_few_samples_tell_no_variance(rows: int, known: bool) -> None:
    history = run([2.0] * 40, answer=squared(2.0, rows=rows))
    assert math.isfinite(constant_cost(history)) == known


def test_once_answers_vary_they_may_be_right() -> None:
    answer = squared(1.0) | {"std": [0.1] * 5 + [0.9] * 35}
    assert constant_cost(run([1.0] * 40, answer=answer)) == pytest.approx(64 / 63 - 0.01)


def test_the_largest_error_is_in_the_largest_gradient() -> None:
    history = run([2.0] * 40, answer=squared(2.0, grad_abs_max=2 * 3.0 / 64))
    assert largest_errors(history)[0] == pytest.approx(3.0)

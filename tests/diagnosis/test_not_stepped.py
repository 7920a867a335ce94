"""Weights that stand still although backward runs."""

import pytest
from histories import flat, gradients, kinds, run, weights


@pytest.mark.parametrize(("looks", "found"), [(19, False), (20, True)])
def test_weights_that_nobody_steps_are_not_trained(looks: int, found: bool) -> None:
    own = weights(looks, norm=1.0)
    assert kinds(run(flat(looks), parameters=own, gradients=gradients(0.1, looks=looks))) == ["not trained"] * found


def test_weights_that_move_are_stepped_where_nobody_sees_it() -> None:
    own = weights(norm=[1.0 + 1e-6 * step for step in range(40)])
    assert kinds(run(flat(), parameters=own, gradients=gradients(0.1))) == []


def test_a_model_without_backward_is_evaluated() -> None:
    assert kinds(run(flat(), parameters=weights(norm=1.0))) == []


@pytest.mark.parametrize(("taken", "found"), [(0.0, True), (1e-9, False)])
def test_a_step_that_takes_nothing_comes_after_clearing(taken: float, found: bool) -> None:
    history = run(flat(5), totals={"gradient_norm": [taken] * 5}, gradients=gradients(0.1, looks=5))
    assert kinds(history) == ["not trained"] * found

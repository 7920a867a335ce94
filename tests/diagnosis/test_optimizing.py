"""Gradients that are not cleared, and weights that are worn away."""

import math

import pytest
from histories import classifier, falling, flat, kinds, only, run, weights

from torchdemos.diagnosis import History


def dense(times: float, looks: int = 40, stepped: bool = True) -> History:
    """A dense layer of 64 rows whose bias has so many times the gradient that one batch can give it."""
    gradient = [times * 8 * 0.1] * looks
    totals = {"gradient_norm": [1.0] * looks} | ({} if stepped else {"added_gradient_norm": [1.0] * looks})
    return run(
        looks=looks, parameters={"fc.bias": {"norm": [1.0] * looks, "grad_norm": gradient}}, totals=totals,
        gradients={"fc": {"norm": [0.1] * looks}}, kinds={"fc": "Linear 8 → 8"}, rows={"fc": 64},
    )  # fmt: skip


@pytest.mark.parametrize(("times", "found"), [(1.1, False), (1.3, True)])
def test_a_gradient_beyond_what_one_batch_can_give_was_not_cleared(times: float, found: bool) -> None:
    assert kinds(dense(times)) == ["gradients not cleared"] * found


def test_three_looks_say_it() -> None:
    assert kinds(dense(2.0, looks=2)) == [] and kinds(dense(2.0, looks=3)) == ["gradients not cleared"]


def test_gradients_that_are_accumulated_on_purpose_are_no_fault() -> None:
    assert kinds(dense(4.0, stepped=False)) == []


@pytest.mark.parametrize(("end", "level"), [(0.51, None), (0.49, "warning"), (0.09, "error")])
def test_weights_that_shrink_below_half_are_worn_away(end: float, level: str | None) -> None:
    norms = [1.0 + (end - 1.0) * step / 39 for step in range(40)]
    history = run(flat(), parameters=weights(norm=norms))
    assert kinds(history) == ["shrinking weights"] * bool(level)
    assert level is None or only(history).level == level
    assert kinds(run(falling(), parameters=weights(norm=norms))) == []


def left_over(held: list[float]) -> History:
    totals = {"gradient_norm": [1.0] * len(held), "left_over_gradient_norm": held}
    return run(falling(len(held)), totals=totals)


@pytest.mark.parametrize(("held", "found"), [(3, True), (2, False)])
def test_what_is_left_over_at_some_looks_was_not_cleared(held: int, found: bool) -> None:
    assert kinds(left_over([math.nan] * 7 + [0.5] * held)) == ["gradients not cleared"] * found


def test_what_is_left_over_at_every_look_may_be_gathered_on_purpose() -> None:
    assert kinds(left_over([0.5] * 10)) == []


@pytest.mark.parametrize(("ratio", "found"), [(0.03, True), (0.04, False)])
def test_weights_that_steps_make_smaller_more_than_anything_else_are_worn(ratio: float, found: bool) -> None:
    """Here by 0.01 of their size a step, while half of what guessing costs is still there."""
    norms = [1.0 - 0.01 * step for step in range(20)]
    own = weights(20, norm=norms, update_ratio=ratio)
    history = run([2.3 - 0.02 * step for step in range(20)], answer=classifier(looks=20), parameters=own)
    assert kinds(history) == ["shrinking weights"] * found

"""Losses in which samples do not stand alone."""

import math

import pytest
from histories import classifier, flat, kinds, run, squared


@pytest.mark.parametrize(("spread", "found"), [(0.1, True), (0.1002, False)])
def test_a_gradient_that_differs_only_by_the_answers_holds_each_against_all_targets(spread: float, found: bool) -> None:
    """Of the mean of (a_i - y_j)^2: 2 (a_i - mean y)/N."""
    norm = math.sqrt((4 * 0.1**2 + 0.2**2) / 64)
    answer = squared(1.0, std=spread, grad_norm=norm, grad_shared=0.2)
    assert ("nothing learnt" in kinds(run([1.0] * 40, answer=answer))) == found


def test_answers_that_are_all_of_the_loss_differ_by_what_they_are() -> None:
    answer = squared(1e6, std=1e3, grad_shared=0.0)
    assert "nothing learnt" not in kinds(run([1e6] * 40, answer=answer))


@pytest.mark.parametrize(("mean", "found"), [(1 / 64, True), (1.001 / 64, False)])
def test_a_mean_of_one_over_the_samples_is_a_softmax_over_them(mean: float, found: bool) -> None:
    answer = classifier(mean=mean, abs_max=0.5)
    assert kinds(run(flat(), answer=answer)) == ["softmax applied twice"] * found


@pytest.mark.parametrize(("bias", "found"), [(0.9e-4, True), (1.1e-4, False)])
@pytest.mark.parametrize(
    ("first", "kind"), [(math.log(10), "softmax applied twice"), (math.log(64), "softmax over samples")]
)
def test_a_last_bias_without_a_gradient_shifts_what_makes_no_difference(
    bias: float, found: bool, first: float, kind: str
) -> None:
    parameters = {f"out.{name}": {"grad_norm": [norm] * 40} for name, norm in (("weight", 1.0), ("bias", bias))}
    history = run([first] * 40, answer=classifier(), parameters=parameters, kinds={"out": "Linear 8 → 10"})
    assert kinds(history) == [kind] * found


def test_behind_a_normalization_a_shift_makes_no_difference() -> None:
    parameters = {f"out.{name}": {"grad_norm": [norm] * 40} for name, norm in (("weight", 1.0), ("bias", 0.0))}
    layers = {"out": "Linear 8 → 10", "norm": "BatchNorm1d"}
    assert kinds(run(flat(), answer=classifier(), parameters=parameters, kinds=layers)) == []

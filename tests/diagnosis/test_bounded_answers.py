"""Answers between two ends, and losses that want others."""

from typing import Any

import pytest
from histories import classifier, flat, kinds, run, squared

from torchdemos.diagnosis import History


def ends_in(kind: str, losses: list[float], answer: dict[str, Any], zeros: float = 0.0) -> History:
    outputs = {"head": {"zero_fraction": [zeros] * 40}}
    return run(losses, answer=answer, outputs=outputs, kinds={"head": kind})


@pytest.mark.parametrize(("kind", "width"), [("Sigmoid", 1.0), ("Tanh", 2.0), ("Hardtanh", 2.0)])
def test_targets_beyond_the_ends_are_out_of_reach(kind: str, width: float) -> None:
    for error, found in ((width + 0.01, True), (width - 0.01, False)):
        history = ends_in(kind, [0.4] * 40, squared(0.4, grad_abs_max=2 * error / 64))
        assert kinds(history) == ["saturated units"] * found


@pytest.mark.parametrize(("norm", "found"), [(0.9, True), (1.0, False)])
def test_a_loss_that_cuts_its_gradient_off_tells_errors_above_1(norm: float, found: bool) -> None:
    """Of a mean of magnitudes all gradients are equal, and tell nothing."""
    answer = classifier(classes=1, grad_abs_max=1 / 64, grad_norm=(norm / 64) ** 0.5)
    assert kinds(ends_in("Sigmoid", [0.4] * 40, answer)) == ["saturated units"] * found


@pytest.mark.parametrize(("zeros", "found"), [(0.19, False), (0.21, True)])
def test_a_regression_that_gives_0_for_a_fifth_is_cut_off(zeros: float, found: bool) -> None:
    history = ends_in("ReLU", [1.0] * 40, squared(1.0), zeros)
    assert ("gradient cut off" in kinds(history)) == found


@pytest.mark.parametrize(("steepest", "found"), [(0.73, True), (0.74, False), (1.0, False)])
def test_a_gradient_that_is_nowhere_steep_passed_a_second_sigmoid(steepest: float, found: bool) -> None:
    answer = classifier(classes=1, grad_abs_max=steepest / 64, grad_norm=0.13)
    assert kinds(ends_in("Sigmoid", [0.6] * 40, answer)) == ["softmax applied twice"] * found


def test_logits_may_have_such_gradients() -> None:
    answer = classifier(classes=1, grad_abs_max=0.5 / 64, grad_norm=0.06)
    assert kinds(run(flat(), answer=answer)) == []

"""What a constant answer costs, of whatever loss."""

import math

import pytest
from histories import classifier, run

from torchdemos.diagnosis.constant_answer import constant_cost, guessing


def yes_or_no(**more: float) -> dict[str, list[float]]:
    return classifier(classes=1, **({"grad_abs_max": 0.5 / 64, "grad_shared": 0.0, "abs_max": 0.2} | more))


def test_two_even_classes_cost_the_logarithm_of_2() -> None:
    assert constant_cost(run([math.log(2)] * 40, answer=yes_or_no())) == pytest.approx(math.log(2))


def test_uneven_classes_cost_their_entropy() -> None:
    """The mean gradient is that of p = 1/2: half minus the share of the first class."""
    history = run([math.log(2)] * 40, answer=yes_or_no(grad_shared=0.4))
    assert constant_cost(history) == pytest.approx(-(0.9 * math.log(0.9) + 0.1 * math.log(0.1)))


@pytest.mark.parametrize(("first", "known"), [(0.80, True), (0.81, False)])
def test_a_first_loss_that_no_such_logits_have_is_another(first: float, known: bool) -> None:
    """Of logits of at most 0.2 it lies within 0.1 of ln 2."""
    assert math.isfinite(constant_cost(run([first] * 40, answer=yes_or_no()))) == known


@pytest.mark.parametrize(("times", "known"), [(1.09, True), (1.15, False)])
def test_a_cross_entropy_that_is_multiplied_has_such_a_gradient(times: float, known: bool) -> None:
    scale = 1e-5
    norm = scale * math.sqrt(0.9 / 64)
    history = run([scale * math.log(10) * times] * 40, answer=classifier(abs_max=0.5, grad_norm=norm))
    assert math.isfinite(guessing(history)) == known

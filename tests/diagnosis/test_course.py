"""Whether the loss falls, stays, or nobody knows yet."""

import math

import pytest
from histories import classifier, run

from torchdemos.diagnosis.constant_answer import guessing
from torchdemos.diagnosis.course import course, diverged


def test_a_fifth_of_the_loss_is_learning_and_less_than_a_twentieth_is_flat() -> None:
    for end, learns, flat in ((0.79, True, False), (0.81, False, False), (0.94, False, False), (0.96, False, True)):
        found = course(run([1.0] * 20 + [end] * 20))
        assert (found.learns, found.flat) == (learns, flat)


def test_a_loss_that_jumps_and_comes_down_to_its_first_value_has_learnt_nothing() -> None:
    assert not course(run([1.0] + [540.0] * 19 + [1.0] * 20)).learns
    assert course(run([1.0] + [540.0] * 19 + [0.5] * 20)).learns


def test_few_losses_tell_nothing() -> None:
    assert not course(run([1.0] * 9)).learns and not course(run([1.0] * 19)).flat and course(run([1.0] * 20)).flat


def test_a_drop_within_the_noise_is_flat() -> None:
    noisy = [1.5, 0.5] * 20
    assert course(run([loss + 0.08 for loss in noisy[:20]] + noisy[20:])).flat


def test_a_classifier_that_comes_down_to_a_guess_has_learnt_nothing() -> None:
    guess = math.log(10)
    down = course(run([30.0] * 20 + [guess] * 20, answer=classifier(abs_max=20.0)))
    assert not down.learns and not down.flat
    assert course(run([30.0] * 20 + [0.5 * guess] * 20, answer=classifier(abs_max=20.0))).learns


def test_guessing_costs_the_logarithm_of_the_number_of_classes() -> None:
    assert guessing(run([1.4] * 40, answer=classifier(classes=4))) == pytest.approx(math.log(4))
    assert math.isnan(guessing(run([1.4] * 40, answer=classifier(classes=1)))) and math.isnan(guessing(run([1.4] * 40)))


@pytest.mark.parametrize(("first", "known"), [(math.log(10) + 1.9, True), (math.log(10) + 2.1, False), (0.09, False)])
def test_a_loss_that_no_cross_entropy_of_these_answers_has_is_none(first: float, known: bool) -> None:
    """Of logits of at most 1 in size it lies within 2 of ln K."""
    assert math.isfinite(guessing(run([first] * 40, answer=classifier(abs_max=1.0)))) == known


@pytest.mark.parametrize(("first", "last", "found"), [(2.0, 20.0, False), (2.0, 20.1, True), (-1.0, 8.1, True)])
def test_ten_times_the_start_is_diverged(first: float, last: float, found: bool) -> None:
    assert diverged(first, last) == found
    assert diverged(first, math.nan) and diverged(first, math.inf)

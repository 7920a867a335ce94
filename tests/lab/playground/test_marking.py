"""When the mark is measured: beside the training, in its share of the time, and anew for another loss."""

import pytest

from torchdemos.lab.data import Digits
from torchdemos.lab.playground.marking import REFRESHED, Marking
from torchdemos.lab.playground.settings import Settings
from torchdemos.lab.playground.training import Training


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_an_exact_mark_needs_no_measuring(digits: Digits, clock: Clock) -> None:
    few = digits.train_images[:50], digits.train_labels[:50]
    marking, training = Marking(*few, clock), Training(Settings(), 0, *few)
    assert not marking.go_on(training, 1.0)
    assert (found := marking.of(training)) and found.exact


def test_a_measured_mark_is_refreshed_now_and_then(digits: Digits, clock: Clock) -> None:
    few = digits.train_images[:50], digits.train_labels[:50]
    marking, training = Marking(*few, clock), Training(Settings(depth=2, width=4, learning_rate=0.1), 0, *few)
    assert marking.of(training) is None
    while marking.of(training) is None:
        assert marking.go_on(training, 1.0)
    first = marking.of(training)
    training.advance()
    assert not marking.go_on(training, 1.0)
    clock.now += REFRESHED
    while marking.of(training) == first:
        assert marking.go_on(training, 1.0)
    marking.forget()
    assert marking.of(training) is None and marking.go_on(training, 1.0)


def test_adam_is_not_measured(digits: Digits, clock: Clock) -> None:
    few = digits.train_images[:50], digits.train_labels[:50]
    marking, training = Marking(*few, clock), Training(Settings(optimizer="Adam", depth=2), 0, *few)
    assert not marking.go_on(training, 1.0) and marking.of(training) is None

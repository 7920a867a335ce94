"""What is asked for waits for the training, within bounds."""

import threading
import time

import pytest

from torchdemos.view.live.changes import MOST_WAITING, Change, Changes
from torchdemos.view.serving.request import Refusal


def test_changes_are_taken_once_in_their_order() -> None:
    changes = Changes()
    for value in (1, 2):
        changes.put(Change("rate", value))
    assert changes.take() == [("rate", 1), ("rate", 2)] and changes.take() == []


def test_no_more_wait_than_a_training_can_mean_to_take() -> None:
    changes = Changes()
    for _ in range(MOST_WAITING):
        changes.put(Change("rate", 1))
    with pytest.raises(Refusal, match="too many changes wait"):
        changes.put(Change("rate", 1))
    assert len(changes.take()) == MOST_WAITING
    changes.put(Change("rate", 1))


def test_who_waits_goes_on_when_a_change_comes() -> None:
    changes = Changes()
    changes.wait(0)
    threading.Timer(0.01, changes.put, [Change("rate", 1)]).start()
    begun = time.monotonic()
    changes.wait(30)
    assert time.monotonic() < begun + 20
    assert changes.take() == [("rate", 1)]

"""What can be set of a training, and what counts of several wishes."""

import pytest
from small import small
from torch.optim import SGD, lr_scheduler

from torchdemos.steering.dial import Dial
from torchdemos.steering.settings import Settings
from torchdemos.view.live.changes import Change


def test_a_schedule_can_be_followed_again() -> None:
    optimizer = SGD(small().parameters(), lr=0.1)
    dial = Dial([optimizer])
    settings = Settings(dial)
    assert [control["name"] for control in settings.controls()] == ["learning_rate"]
    lr_scheduler.StepLR(optimizer, 1)
    assert settings.renew() and not settings.renew()
    assert settings.values() == {"learning_rate": 0.1, "schedule": "followed"}
    settings.set([Change("learning_rate", 0.2)])
    assert settings.values() == {"learning_rate": 0.2, "schedule": "held"}
    settings.set([Change("schedule", "followed")])
    assert settings.values() == {"learning_rate": 0.1, "schedule": "followed"}
    settings.set([Change("schedule", "held")])
    optimizer.param_groups[0]["lr"] = 0.05
    assert settings.values() == {"learning_rate": 0.1, "schedule": "held"}
    with pytest.raises(ValueError, match="the schedule is held or followed, and this is 1"):
        settings.checked("schedule", 1)


def test_a_schedule_of_somebodys_own_shows_itself_once_it_acts() -> None:
    optimizer = SGD(small().parameters(), lr=0.1)
    settings = Settings(Dial([optimizer]))
    assert not settings.renew()
    optimizer.param_groups[0]["lr"] = 0.05
    assert settings.renew() and settings.values() == {"learning_rate": 0.05, "schedule": "followed"}


def test_of_several_wishes_the_last_counts_and_it_is_the_last_to_act() -> None:
    settings = Settings(Dial([SGD(small().parameters(), lr=0.1)]))
    wishes = [Change("learning_rate", 0.2), Change("schedule", "followed"), Change("learning_rate", 0.3)]
    assert settings.set(wishes) == [Change("schedule", "followed"), Change("learning_rate", 0.3)]
    assert settings.rate == 0.3

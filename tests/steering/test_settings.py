"""What can be set of a training, and what counts of several wishes."""

import pytest
from small import backward, small
from torch import optim
from torch.optim import SGD, Adam, Optimizer, RMSprop, Rprop, lr_scheduler

from torchdemos.hooks.removal import removed_at_end
from torchdemos.steering.settings import Settings
from torchdemos.view.live.changes import Change

OPTIMIZERS = ["ASGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop", "SGD"]


def settings_of(*optimizers: Optimizer) -> Settings:
    return Settings(optimizers)


def test_a_schedule_can_be_followed_again() -> None:
    optimizer = Rprop(small().parameters(), lr=0.1)
    settings = settings_of(optimizer)
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
    with pytest.raises(ValueError, match="schedule is one of followed, held, and this is 1"):
        settings.checked("schedule", 1)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_takes_a_step_with_whatever_can_be_set(name: str) -> None:
    model = small()
    optimizer = getattr(optim, name)(model.parameters(), lr=0.01)
    settings = settings_of(optimizer)
    for control in settings.controls():
        for value in control.get("options", [0.02]):
            settings.set([Change(control["name"], value)])
            with removed_at_end() as hooks:
                settings.hook(hooks)
                optimizer.zero_grad()
                backward(model)
                optimizer.step()


@pytest.mark.parametrize("optimizer", [SGD, RMSprop])
def test_momentum_is_a_setting_where_the_optimizer_has_a_memory_for_it(optimizer: type[SGD] | type[RMSprop]) -> None:
    momentum = settings_of(optimizer(small().parameters(), lr=0.1, momentum=0.9)).values()["momentum"]
    without = settings_of(optimizer(small().parameters(), lr=0.1)).values()
    assert momentum == 0.9 and ("momentum" in without) == (optimizer is SGD)


def test_a_schedule_of_somebodys_own_shows_itself_once_it_acts() -> None:
    optimizer = Rprop(small().parameters(), lr=0.1)
    settings = settings_of(optimizer)
    assert not settings.renew()
    optimizer.param_groups[0]["lr"] = 0.05
    assert settings.renew() and settings.values() == {"learning_rate": 0.05, "schedule": "followed"}


def test_of_several_wishes_the_last_counts_and_it_is_the_last_to_act() -> None:
    settings = settings_of(Rprop(small().parameters(), lr=0.1))
    wishes = [Change("learning_rate", 0.2), Change("schedule", "followed"), Change("learning_rate", 0.3)]
    assert settings.set(wishes) == [Change("schedule", "followed"), Change("learning_rate", 0.3)]
    assert settings.rate == 0.3


def test_momentum_and_weight_decay_are_chosen_where_there_are_such() -> None:
    model = small()
    groups = [{"params": [model[0].weight], "weight_decay": 0.02}, {"params": [model[0].bias], "weight_decay": 0.0}]
    optimizer, adam = SGD(groups, lr=0.1, momentum=0.9), Adam(model[2].parameters())
    settings = settings_of(optimizer, adam)
    assert settings.values() == {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.02}
    (control,) = [control for control in settings.controls() if control["name"] == "weight_decay"]
    assert control["kind"] == "choice" and control["options"] == [0.0, 1e-5, 1e-4, 1e-3, 1e-2, 0.02, 0.1]
    assert settings.checked("weight_decay", 0.1) == 0.1
    for value in (0.05, "0.1", None, True, [0.1], float("nan")):
        with pytest.raises(ValueError, match="weight_decay is one of 0.0, 1e-05, .*, 0.1, and this is"):
            settings.checked("weight_decay", value)
    settings.set([Change("weight_decay", 0.1), Change("momentum", 0.5)])
    seen = []
    optimizer.register_step_post_hook(
        lambda own, *_: seen.extend((g["weight_decay"], g["momentum"]) for g in own.param_groups)
    )
    backward(model)
    with removed_at_end() as hooks:
        settings.hook(hooks)
        optimizer.step()
    assert seen == [(0.1, 0.5), (0.0, 0.5)]
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.02, 0.0]

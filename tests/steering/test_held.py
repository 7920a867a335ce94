"""What is held holds while a step is taken, and no schedule ever sees it."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from small import backward, small
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer, lr_scheduler

from torchdemos.hooks.removal import removed_at_end
from torchdemos.steering.held import Held

SCHEDULES: dict[str, Callable[[Optimizer], Any]] = {
    "multiplied": lambda optimizer: lr_scheduler.ExponentialLR(optimizer, 0.9),
    "overwritten": lambda optimizer: lr_scheduler.LambdaLR(optimizer, lambda step: (step + 1) / 9),
    "recursive": lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, 9, eta_min=0.001),
    "one cycle": lambda optimizer: lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=9),
}


class Steps:
    """Steps of an optimizer under a dial; `taken` are the rates of its groups in each."""

    def __init__(self, *optimizers: Optimizer) -> None:
        self.optimizers, self.rate = optimizers, Held(optimizers, "lr")
        self.taken: list[list[float]] = []
        for optimizer in optimizers:
            optimizer.register_step_post_hook(self._note)

    def _note(self, optimizer: Optimizer, *_: Any) -> None:
        self.taken.append([float(group["lr"]) for group in optimizer.param_groups])

    def __call__(self) -> None:
        with removed_at_end() as hooks:
            self.rate.hook(hooks)
            for optimizer in self.optimizers:
                optimizer.step()


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_goes_on_as_if_nobody_had_turned(schedule: str) -> None:
    planned, model = [], small()
    for turned in (False, True):
        optimizer = SGD(model.parameters(), lr=0.1)
        steps, scheduler = Steps(optimizer), SCHEDULES[schedule](optimizer)
        for step in range(8):
            if turned and step == 3:
                steps.rate.turn(0.05)
            if turned and step == 6:
                steps.rate.let_go()
            backward(model)
            steps()
            scheduler.step()
            planned.append(optimizer.param_groups[0]["lr"])
        if turned:
            assert steps.taken[3:6] == [[0.05]] * 3
            assert [rate for (rate,) in steps.taken[6:]] == planned[5:7]
    assert planned[:8] == planned[8:]


def test_groups_and_optimizers_keep_their_share() -> None:
    one, other = small(), small()
    groups = [{"params": one[0].parameters(), "lr": 0.4}, {"params": one[2].parameters(), "lr": 0.1}]
    steps = Steps(SGD(groups, lr=1.0), Adam(other.parameters(), lr=0.02))
    backward(one), backward(other)
    assert steps.rate.value == 0.4
    steps.rate.turn(0.8)
    steps()
    assert steps.taken == [[0.8, 0.2], [0.04]]
    assert [group["lr"] for optimizer in steps.optimizers for group in optimizer.param_groups] == [0.4, 0.1, 0.02]


def test_a_rate_that_is_a_tensor_stays_that_tensor() -> None:
    model, rate = small(), torch.tensor(0.1)
    steps = Steps(AdamW(model.parameters(), lr=rate))
    backward(model)
    steps.rate.turn(0.3)
    steps()
    assert steps.taken == [[pytest.approx(0.3)]]
    assert steps.optimizers[0].param_groups[0]["lr"] is rate and float(rate) == pytest.approx(0.1)


def test_a_rate_of_zero_as_before_a_warm_up_can_be_turned_up() -> None:
    model = small()
    optimizer = SGD(model.parameters(), lr=0.1)
    lr_scheduler.LambdaLR(optimizer, lambda step: step / 9)
    steps = Steps(optimizer)
    steps.rate.turn(0.2)
    backward(model)
    steps()
    assert steps.taken == [[0.2]] and optimizer.param_groups[0]["lr"] == 0.0


def test_groups_whose_rate_is_zero_keep_the_share_that_they_have_after_a_warm_up() -> None:
    model = small()
    optimizer = SGD([{"params": model[0].parameters(), "lr": 0.1}, {"params": model[2].parameters(), "lr": 0.4}])
    lr_scheduler.LambdaLR(optimizer, lambda step: step / 9)
    steps = Steps(optimizer)
    steps.rate.turn(0.2)
    backward(model)
    steps()
    assert steps.taken == [[0.05, 0.2]]


def test_an_error_in_a_step_leaves_the_rate_that_was() -> None:
    class Broken(SGD):
        def step(self, closure: Any = None) -> None:  # type: ignore[override]
            raise ZeroDivisionError

    optimizer = Broken(small().parameters(), lr=0.1)
    steps = Steps(optimizer)
    steps.rate.turn(0.2)
    with pytest.raises(ZeroDivisionError):
        steps()
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_other_optimizers_of_the_program_are_left_alone() -> None:
    model = small()
    mine, other = SGD(model[0].parameters(), lr=0.1), SGD(model[2].parameters(), lr=0.1)
    backward(model)
    steps = Steps(mine)
    steps.optimizers = (mine, other)
    other.register_step_post_hook(steps._note)
    steps.rate.turn(0.2)
    steps()
    assert steps.taken == [[0.2], [0.1]]


def test_an_optimizer_that_computes_its_gradients_itself_takes_the_rate_too() -> None:
    weight = nn.Parameter(torch.ones(1))
    optimizer = torch.optim.LBFGS([weight], lr=0.1, max_iter=1)
    rate = Held([optimizer], "lr")
    rate.turn(0.5)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = 0.25 * weight.square().sum()
        loss.backward()
        return loss

    with removed_at_end() as hooks:
        rate.hook(hooks)
        optimizer.step(closure)  # type: ignore[arg-type]
    assert weight.item() == pytest.approx(1 - 0.5 * 0.5)


def test_as_long_as_nobody_turns_nothing_is_attached() -> None:
    rate = Held([SGD(small().parameters(), lr=0.1)], "lr")
    with removed_at_end() as hooks:
        rate.hook(hooks)
        assert not hooks

"""A layer with parameters has one curve; a module without has one for each layer that feeds it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from torchdemos import watch
from torchdemos.watching.look import Look


class Recurrent(nn.Module):
    """One cell and one activation, called for each time step."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.act = nn.Linear(4, 4), nn.ReLU()

    def forward(self, x: Tensor, times: int = 5) -> Tensor:
        for _ in range(times):
            x = self.act(self.cell(x))
        return x


class Shared(nn.Module):
    """One activation behind three layers, once behind an addition; two branches that are called in turn."""

    def __init__(self, first: bool) -> None:
        super().__init__()
        if first:  # whether it is registered before or after the layers that feed it makes no difference
            self.act = nn.ReLU()
        self.a, self.b, self.c = nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 4)
        if not first:
            self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.a(x), self.b(x)
        a, b = self.act(a), self.act(b)
        return self.act(self.c(a) + b)


def look(model: nn.Module, folder: Path, times: int = 1, **options: bool) -> Look:
    around = watch(model, folder / "run", **options)
    with around(0):
        for _ in range(times):
            model(torch.ones(3, 4)).sum().backward()
    assert around.last is not None
    return around.last


@pytest.fixture(autouse=True)
def _seed() -> Iterator[None]:
    torch.manual_seed(0)
    yield


def test_time_steps_count_together(tmp_path: Path) -> None:
    model, x, outputs = Recurrent(), torch.ones(3, 4), []
    for _ in range(5):
        x = model.act(model.cell(x))
        outputs.append(x.detach())
    found = look(model, tmp_path)
    assert list(found.activations) == list(found.gradients) == ["cell", "act"]
    assert found.activations["act"]["mean"] == pytest.approx(torch.stack(outputs).mean().item(), rel=1e-6)
    never = (torch.cat(outputs) == 0).all(0).double().mean().item()
    assert found.activations["act"]["dead_units"] == pytest.approx(never)  # a unit that is active at one time is alive


@pytest.mark.parametrize("first", [True, False])
def test_a_shared_module_has_a_curve_for_each_layer_that_feeds_it(tmp_path: Path, first: bool) -> None:
    found = look(Shared(first), tmp_path)
    assert list(found.activations) == ["a", "b", "act after a", "act after b", "c", "act after c"]
    assert all(found.gradients[key]["norm"] > 0 for key in found.activations)


def test_accumulated_batches_count_together(tmp_path: Path) -> None:
    once, twice = look(Shared(True), tmp_path / "once"), look(Shared(True), tmp_path / "twice", times=2)
    assert list(once.activations) == list(twice.activations)


def test_a_network_that_is_called_through_another_method_has_the_same_curves(tmp_path: Path) -> None:
    class Agent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.trunk, self.act, self.actor, self.critic = nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2), nn.Linear(4, 1)

        def act_and_value(self, x: Tensor) -> tuple[Tensor, Tensor]:
            hidden = self.act(self.trunk(x))
            return self.actor(hidden), self.critic(hidden)

    agent = Agent()
    around = watch(agent, tmp_path / "run")
    with around(0):
        for _ in range(7):
            action, value = agent.act_and_value(torch.ones(3, 4))
            (action.sum() + value.sum()).backward()
    assert around.last and list(around.last.activations) == ["trunk", "act", "actor", "critic"]


def test_calls_are_told_apart_on_request(tmp_path: Path) -> None:
    found = look(Recurrent(), tmp_path, times=2, by_call=True)
    numbers = ["", *(f"#{n}" for n in range(2, 6))]
    assert list(found.activations) == [f"{layer}{number}" for number in numbers for layer in ("cell", "act")]


def test_a_curve_keeps_its_name_when_another_layer_feeds_the_module_later(tmp_path: Path) -> None:
    class Growing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.act = nn.Linear(4, 4), nn.Linear(4, 4), nn.ReLU()

        def forward(self, x: Tensor, deep: bool) -> Tensor:
            x = self.act(self.a(x))
            return self.act(self.b(x)) if deep else x

    model = Growing()
    around = watch(model, tmp_path / "run", when=lambda step: True)
    for step, deep in enumerate([False, True, False]):
        with around(step):
            model(torch.ones(3, 4), deep)
        assert around.last
        assert list(around.last.activations) == (["a", "act", "b", "act after b"] if deep else ["a", "act"])


def test_a_pass_that_raised_and_is_tried_again_leaves_the_count_of_calls_right(tmp_path: Path) -> None:
    """As after running out of memory: the second try is a pass of its own, and so are those of later looks."""
    model = Recurrent()
    around = watch(model, tmp_path / "run", when=lambda step: True, by_call=True)
    for step in range(2):
        with around(step):
            with pytest.raises(RuntimeError):
                model(torch.ones(3, 4).to("meta"))  # the cell's weights are elsewhere
            with pytest.raises(TypeError):
                model("no tensor")
            model(torch.ones(3, 4), times=2)
    assert around.last and list(around.last.activations) == ["cell", "act", "cell#2", "act#2"]


def first_without_parameters() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))


@pytest.mark.parametrize("trains", [True, False], ids=["trained", "frozen"])
@pytest.mark.parametrize("mode", [torch.enable_grad, torch.no_grad])
def test_a_first_layer_without_parameters_has_one_curve_however_many_batches_come(
    trains: bool, mode: Callable[[], AbstractContextManager[None]]
) -> None:
    model = first_without_parameters().requires_grad_(trains)
    around = watch(model)
    with around(0), mode():
        for batch in range(3):
            model(torch.randn(4, 2, 3) + batch)
    assert around.last is not None and list(around.last.activations) == ["0", "1", "2", "3"]

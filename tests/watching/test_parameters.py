"""How far a step moves a parameter is known without a second copy of a large model in memory."""

import pytest
import torch
from torch import nn

from torchdemos.watching import parameters
from torchdemos.watching.parameters import CopiesInTurn


@pytest.fixture
def model() -> nn.Module:
    return nn.Sequential(*(nn.Linear(10, 10, bias=False) for _ in range(5)), nn.Linear(10, 100, bias=False))


def test_a_small_model_is_copied_whole(model: nn.Module) -> None:
    found = CopiesInTurn().before_step(dict(model.named_parameters()))
    assert list(found.copies) == [name for name, _ in model.named_parameters()]
    assert all(torch.equal(found.copies[name], parameter) for name, parameter in model.named_parameters())


def test_a_copy_stays_as_it_was_until_the_next_look(model: nn.Module) -> None:
    turns = CopiesInTurn()
    start = turns.before_step(dict(model.named_parameters())).copies["0.weight"]
    with torch.no_grad():
        model[0].weight.add_(1)  # type: ignore[index, union-attr, operator]
    assert not torch.equal(start, model.get_parameter("0.weight"))
    assert torch.equal(
        turns.before_step(dict(model.named_parameters())).copies["0.weight"], model.get_parameter("0.weight")
    )


def test_of_a_large_model_every_parameter_has_its_turn(model: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "MIN_COPY_BUDGET", 1000)
    turns = CopiesInTurn()
    chosen = [[*turns.before_step(dict(model.named_parameters())).copies] for _ in range(4)]
    weights = [f"{i}.weight" for i in range(6)]
    assert chosen == [weights[:2], weights[2:4], weights[4:5], weights[5:]]  # the last is larger than the budget


def test_norms_are_known_of_all(model: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parameters, "MIN_COPY_BUDGET", 1000)
    found = CopiesInTurn().before_step(dict(model.named_parameters()))
    expected = {name: p.norm().item() for name, p in model.named_parameters()}
    assert dict(zip(*found.norms, strict=True)) == pytest.approx(expected, rel=1e-6)


def test_a_look_in_inference_mode_leaves_the_next_one_free(model: nn.Module) -> None:
    turns = CopiesInTurn()
    with torch.inference_mode():
        turns.before_step(dict(model.named_parameters()))
    assert turns.before_step(dict(model.named_parameters())).copies

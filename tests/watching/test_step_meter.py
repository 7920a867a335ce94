"""What an optimizer's step takes and makes is measured where it happens, without a second copy of a large model."""

import pytest
import torch
from torch import Tensor, nn

from torchdemos.watching import step_meter
from torchdemos.watching.step_meter import CopiesInTurn


@pytest.fixture
def model() -> nn.Module:
    return nn.Sequential(*(nn.Linear(10, 10, bias=False) for _ in range(5)), nn.Linear(10, 100, bias=False))


def copies(turns: CopiesInTurn, model: nn.Module) -> dict[str, Tensor]:
    return turns.copies(dict(model.named_parameters()))


def test_a_small_model_is_copied_whole(model: nn.Module) -> None:
    found = copies(CopiesInTurn(), model)
    assert found.keys() == {name for name, _ in model.named_parameters()}
    assert all(torch.equal(found[name], parameter) for name, parameter in model.named_parameters())


def test_of_a_large_model_every_parameter_has_its_turn(model: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_meter, "MIN_COPY_BUDGET", 1000)
    turns = CopiesInTurn()
    chosen = [[*copies(turns, model)] for _ in range(4)]
    weights = [f"{i}.weight" for i in range(6)]
    assert chosen == [weights[:2], weights[2:4], weights[4:5], weights[5:]]  # the last is larger than the budget


def test_a_copy_made_in_inference_mode_leaves_the_next_one_free(model: nn.Module) -> None:
    turns = CopiesInTurn()
    with torch.inference_mode():
        copies(turns, model)
    assert copies(turns, model)

"""Update ratios need copies, and a large model never has a second copy of itself."""

import pytest
import torch
from torch import Tensor, nn

from torchdemos.watching import copies_in_turn
from torchdemos.watching.copies_in_turn import CopiesInTurn


@pytest.fixture
def large() -> nn.Module:
    return nn.Sequential(*(nn.Linear(10, 10, bias=False) for _ in range(5)), nn.Linear(10, 100, bias=False))


def copies(turns: CopiesInTurn, model: nn.Module) -> dict[str, Tensor]:
    return turns.copies(dict(model.named_parameters()))


def test_a_small_model_is_copied_whole(large: nn.Module) -> None:
    found = copies(CopiesInTurn(), large)
    assert found.keys() == {name for name, _ in large.named_parameters()}
    assert all(torch.equal(found[name], parameter) for name, parameter in large.named_parameters())


def test_of_a_large_model_every_parameter_has_its_turn(large: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies_in_turn, "MIN_COPY_BUDGET", 1000)
    turns = CopiesInTurn()
    chosen = [[*copies(turns, large)] for _ in range(4)]
    weights = [f"{i}.weight" for i in range(6)]
    assert chosen == [weights[:2], weights[2:4], weights[4:5], weights[5:]]  # the last is larger than the budget


def test_a_copy_made_in_inference_mode_leaves_the_next_one_free(large: nn.Module) -> None:
    turns = CopiesInTurn()
    with torch.inference_mode():
        copies(turns, large)
    assert copies(turns, large)

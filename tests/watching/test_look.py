"""A look is plain numbers, brought from the device in one transfer."""

import math
from pathlib import Path

import torch
from torch import nn

from torchdemos import watch


def test_how_far_a_weight_of_0_moves_relative_to_itself_is_not_a_number(tmp_path: Path) -> None:
    model = nn.Linear(3, 2)
    nn.init.zeros_(model.bias)
    optimizer, around = torch.optim.SGD(model.parameters(), lr=0.1), watch(model, tmp_path / "run")
    with around(0):
        model(torch.ones(4, 3)).sum().backward()
        optimizer.step()
    assert around.last is not None
    assert math.isnan(around.last.parameters["bias"]["update_ratio"])
    assert around.last.parameters["weight"]["update_ratio"] > 0

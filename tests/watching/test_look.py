"""A look is plain numbers, brought from the device in one transfer."""

import math
from pathlib import Path

import torch
from small import small, train
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


def test_a_look_is_there_without_any_board() -> None:
    around = watch(model := small())
    with around(0):
        train(model, lr=0.1)
    assert around.last is not None and around.last.gradient_norm
    assert around.findings() == []


def test_a_look_is_a_flat_mapping_of_numbers_for_other_loggers() -> None:
    around = watch(model := small())
    with around(10):
        train(model, lr=0.1)
    look = around.last
    assert look is not None
    flat = look.flat()
    assert all(type(value) is float for value in flat.values())
    assert flat["gradients/0/norm"] == look.gradients["0"]["norm"]
    assert flat["activations/2/std"] == look.activations["2"]["std"]
    assert flat["parameters/0.weight/update_ratio"] == look.parameters["0.weight"]["update_ratio"]
    assert flat["gradient_norm"] == look.gradient_norm and "added_gradient_norm" not in flat
    statistics = (*look.activations.values(), *look.gradients.values(), *look.parameters.values())
    assert len(flat) == 1 + sum(map(len, statistics))

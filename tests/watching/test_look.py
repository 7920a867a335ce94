"""A look is plain numbers, brought from the device in one transfer."""

import math
from pathlib import Path

import torch
from small import small, train
from torch import nn

from torchdemos import every, watch


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
    assert flat["optimizer/learning_rate"] == 0.1
    assert len(flat) == 1 + len(look.optimizer) + sum(map(len, statistics))


def test_a_look_says_how_many_rows_each_layer_gave_and_what_is_frozen() -> None:
    model = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
    model[0].bias.requires_grad_(False)
    around = watch(model)
    with around(0):
        model(torch.randn(8, 7, 6)).sum().backward()
    assert around.last is not None
    assert around.last.rows == {"0": 56, "1": 56, "2": 56} and around.last.frozen == ["0.bias"]
    assert around.last.kinds == {"0": "Linear 6 → 5", "1": "ReLU", "2": "Linear 5 → 3"}


def test_a_look_is_not_changed_by_what_is_found_later() -> None:
    model, skipped = small(), iter([True, False])
    model[2].register_forward_pre_hook(lambda module, args: (args[0].detach(),) if next(skipped) else None)
    around = watch(model, when=every(1))
    looks = []
    for step in range(2):
        with around(step):
            model(torch.randn(8, 6)).sum().backward()
        looks.append(around.last)
    assert [look and look.fed_by["2"] for look in looks] == [[], ["0"]]

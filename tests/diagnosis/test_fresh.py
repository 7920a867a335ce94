"""Weights that look as if they had just been initialized."""

import math

import pytest
import torch
from histories import run
from torch import nn

from torchdemos.diagnosis.fresh import fresh
from torchdemos.watching.layer_words import in_words


def is_fresh(layer: nn.Module, name: str = "weight", times: float = 1.0) -> bool:
    norm = times * layer.get_parameter(name).norm().item()
    return fresh(run(looks=1, parameters={f"fc.{name}": {"norm": [norm]}}, kinds={"fc": in_words(layer)}), f"fc.{name}")


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (nn.Linear(196, 48), "weight"), (nn.Conv2d(12, 24, 3), "weight"), (nn.Embedding(40, 32), "weight"),
        (nn.LSTM(32, 32), "weight_ih_l0"), (nn.GRU(32, 32), "weight_hh_l0"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("times", [1.0, 1.1])
def test_pytorchs_own_start_is_recognized_by_its_norm(layer: nn.Module, name: str, times: float) -> None:
    torch.manual_seed(0)
    layer.reset_parameters()  # type: ignore[operator]
    assert is_fresh(layer, name, times) == (times == 1.0)


def test_he_and_xavier_are_recognized() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(196, 48)
    for start in (nn.init.kaiming_normal_, nn.init.kaiming_uniform_, nn.init.xavier_normal_, nn.init.xavier_uniform_):
        start(layer.weight)
        assert is_fresh(layer), start


def test_what_the_log_does_not_tell_is_not_fresh() -> None:
    assert not fresh(run(looks=1, parameters={"fc.weight": {"norm": [1.0]}}), "fc.weight")
    assert not fresh(run(looks=1), "fc.weight")


@pytest.mark.parametrize(("norm", "found"), [(1.07, True), (1.09, False)])
def test_a_small_embedding_varies_more_by_chance(norm: float, found: bool) -> None:
    """3 standard deviations of the norm of 680 normal numbers are 8 %."""
    own = {"embed.weight": {"norm": [norm * math.sqrt(680)]}}
    history = run(looks=1, parameters=own, kinds={"embed": "Embedding 17 → 40"})
    assert fresh(history, "embed.weight") == found

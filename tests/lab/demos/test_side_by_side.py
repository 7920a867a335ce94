"""Networks that train side by side, each on its own board."""

import math
from pathlib import Path

import pytest
import torch
from reading import Log
from torch import Tensor

from torchdemos.board import Board
from torchdemos.lab import models
from torchdemos.lab.demos import side_by_side
from torchdemos.lab.demos.side_by_side import Variant
from torchdemos.watching.watch import watch


def build(board: Board, name: str, lr: float) -> Variant:
    torch.manual_seed(0)
    model, own = models.mlp(4), board.variant(name)
    return Variant(name, model, torch.optim.SGD(model.parameters(), lr=lr), own, watch(model, own, lambda step: True))


@pytest.fixture
def data(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    return torch.rand(30, 1, 28, 28, generator=generator), torch.randint(10, (30,), generator=generator)


def test_all_variants_take_each_step_on_the_same_batch(tmp_path: Path, data: tuple[Tensor, Tensor]) -> None:
    with Board(tmp_path / "run") as board:
        variants = [build(board, name, lr) for name, lr in (("0_one", 0.1), ("1_same", 0.1), ("2_still", 0.0))]
        counts = [len(variants[-1].losses) for _ in side_by_side.train(variants, *data, batch=10, steps=4, seed=0)]
    one, same, still = (variant.losses for variant in variants)
    assert counts == [1, 2, 3, 4] and one == same != still and one[0] == still[0]


def test_the_final_numbers_are_finite_even_if_training_was_not(tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        learned, broken = (build(board, name, 0.1) for name in ("0_learned", "1_broken"))
        learned.losses, learned.accuracy = [2.3, 0.5], 0.9
        broken.losses = [2.3, math.nan]
        side_by_side.close([learned, broken], steps=2)
    learned_log, broken_log = (Log(tmp_path / "run" / name) for name in ("0_learned", "1_broken"))
    assert learned_log.values("final/accuracy") == pytest.approx([0.9])
    assert (learned_log.values("final/diverged"), learned_log.steps("final/diverged")) == ([0.0], [2])
    assert (broken_log.values("final/accuracy"), broken_log.values("final/diverged")) == ([0.0], [1.0])
    assert broken_log.values("final/loss_capped") == pytest.approx([2 * math.log(10)])


def test_only_a_variant_with_a_finding_is_named(tmp_path: Path, data: tuple[Tensor, Tensor]) -> None:
    with Board(tmp_path / "run") as board:
        variants = [build(board, "0_sound", 0.01), build(board, "1_diverges", 1e6)]
        list(side_by_side.train(variants, *data, batch=10, steps=8, seed=0))
        found = side_by_side.final_findings(variants)
    assert list(found) == ["1_diverges, at the end"] and found["1_diverges, at the end"].level == "error"

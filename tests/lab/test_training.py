"""The training loop."""

import math
from collections.abc import Iterator

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from torchdemos.lab.training import accuracy, batches, in_turn, train


def test_training_lowers_the_loss_and_yields_every_step(generator: torch.Generator) -> None:
    torch.manual_seed(0)
    x = torch.randn(60, 4, generator=generator)
    y = (x[:, 0] > 0).long()
    model = nn.Linear(4, 2)
    seen = list(train(model, batches(x, y, 20, 30), cross_entropy, torch.optim.SGD(model.parameters(), lr=1.0)))
    assert [step for step, _ in seen] == list(range(30))
    assert seen[-1][1] < 0.5 * seen[0][1]
    assert not seen[0][1].requires_grad


def test_trainings_advance_in_turn_by_one_step_each() -> None:
    taken: list[str] = []

    def training(name: str, losses: list[float]) -> Iterator[tuple[int, torch.Tensor]]:
        for step, loss in enumerate(losses):
            taken.append(f"{name}{step}")
            yield step, torch.tensor(loss)

    together = in_turn([training("a", [3.0, 2.0]), training("b", [5.0, 4.0])])
    assert list(together) == [(0, [3.0, 5.0]), (1, [2.0, 4.0])]
    assert taken == ["a0", "b0", "a1", "b1"]


def test_a_pass_over_the_data_shows_every_sample_once_in_an_order_of_its_own() -> None:
    x, y = torch.arange(12)[:, None], torch.arange(12)
    torch.manual_seed(0)
    before = torch.get_rng_state()
    shown = [labels.tolist() for _, labels in batches(x, y, 4, 6, seed=1)]
    assert torch.equal(before, torch.get_rng_state())
    first, second = ([label for part in half for label in part] for half in (shown[:3], shown[3:]))
    assert sorted(first) == sorted(second) == list(range(12)) and first != second
    assert shown == [labels.tolist() for _, labels in batches(x, y, 4, 6, seed=1)]


def test_a_batch_cannot_be_larger_than_the_data() -> None:
    with pytest.raises(ValueError, match="a batch of 8 cannot be drawn from 3 images"):
        next(batches(torch.arange(3), torch.arange(3), 8, 1))


def test_accuracy_counts_right_answers_and_leaves_the_mode_alone() -> None:
    model = nn.Sequential(nn.Identity(), nn.Dropout(0.9)).train()
    assert accuracy(model, torch.eye(4), torch.tensor([0, 1, 2, 0])) == 0.75
    assert model.training


def test_accuracy_leaves_a_frozen_layer_frozen() -> None:
    model = nn.Sequential(nn.Identity(), nn.BatchNorm1d(4).eval()).train()
    model[1].eval()
    accuracy(model, torch.eye(4), torch.arange(4))
    assert model.training and not model[1].training


def test_accuracy_of_a_broken_model_is_nan_and_not_chance() -> None:
    assert math.isnan(accuracy(nn.Identity(), torch.full((4, 2), math.nan), torch.zeros(4)))

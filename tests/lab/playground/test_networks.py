"""Networks of the playground: the same settings and seed give the same bits."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from torchdemos.lab.data import Digits
from torchdemos.lab.playground import networks
from torchdemos.lab.playground.settings import CONTROLS, Settings
from torchdemos.lab.playground.training import digest

DEEP = Settings(depth=4, width=5)


def test_a_seed_gives_the_same_bits_and_draws_from_nothing_global(digits: Digits) -> None:
    state = torch.random.get_rng_state()
    prints = [digest(networks.network(DEEP, seed, digits.train_images[:2]).parameters()) for seed in (3, 3, 4)]
    assert prints[0] == prints[1] != prints[2]
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize("name", CONTROLS["initialization"].bounds["options"])
def test_each_initialization_sets_all_weights(digits: Digits, name: str) -> None:
    model = networks.network(replace(DEEP, initialization=name), 0, digits.train_images[:2])
    assert all(parameter.is_cpu and torch.isfinite(parameter).all() for parameter in model.parameters())


def test_huge_weights_have_a_variance_of_25_over_their_number(digits: Digits) -> None:
    wide = Settings(depth=2, width=100, initialization="huge")
    weight = networks.network(wide, 0, digits.train_images[:2])[1].weight.detach()
    assert float(weight.var()) * 784 == pytest.approx(25, rel=0.02)  # of 78,400 draws


def test_depth_counts_the_layers_with_weights(digits: Digits) -> None:
    for depth in (1, 2, 30):
        model = networks.network(replace(DEEP, depth=depth), 0, digits.train_images[:2])
        assert sum(isinstance(layer, nn.Linear) for layer in model) == depth


def test_rows_are_the_picture_the_activations_and_the_answer(digits: Digits) -> None:
    rows = networks.rows(networks.network(DEEP, 0, digits.train_images[:2]), DEEP)
    assert [(row["name"], row["shape"], row["kept"], row["label"]) for row in rows] == [
        ("input", [1, 28, 28], 1, False),
        ("act1", [5], 5, False),
        ("act2", [5], 5, False),
        ("act3", [5], 5, False),
        ("out", [10], 10, True),
    ]


def test_optimizers_are_what_they_are_called(digits: Digits) -> None:
    model = networks.network(DEEP, 0, digits.train_images[:2])
    made = {name: networks.optimizer(replace(DEEP, optimizer=name), model) for name in ("SGD", "momentum", "Adam")}
    assert isinstance(made["Adam"], torch.optim.Adam)
    assert [made[name].defaults["momentum"] for name in ("SGD", "momentum")] == [0.0, 0.9]
    assert all(optimizer.defaults["lr"] == DEEP.learning_rate for optimizer in made.values())

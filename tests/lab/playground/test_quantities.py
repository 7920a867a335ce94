"""What goals can ask about."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch

from torchdemos.lab.data import Digits
from torchdemos.lab.playground import networks, quantities
from torchdemos.lab.playground.quantities import QUANTITIES, Facts
from torchdemos.lab.playground.settings import Settings
from torchdemos.lab.playground.training import Training

SETTINGS = Settings(depth=2, width=5, learning_rate=0.04)


@pytest.fixture
def facts(digits: Digits) -> Facts:
    model = networks.network(SETTINGS, 0, digits.train_images[:2])
    return Facts(SETTINGS, model, quantities.kinds(model), 120, 0.5, 2.0, 0.75, 0.05, 20, 0.25, True, lambda: (3, 0.9))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("depth", 2),
        ("loss", "squared error"),
        ("steps", 120),
        ("loss_value", 0.5),
        ("first_loss", 2.0),
        ("accuracy", 0.75),
        ("mark", 0.05),
        ("rate_over_mark", pytest.approx(0.8)),
        ("steps_at_rate", 100),
        ("growth", 2.0),
        ("different_neurons", 5),
        ("drawn", 1),
        ("answer", 3),
        ("share", 0.9),
    ],
)
def test_each_quantity_is_what_it_is_called(facts: Facts, name: str, expected: Any) -> None:
    assert quantities.value(name, facts) == expected


def test_what_is_unknown_is_not_a_number(facts: Facts) -> None:
    unknown = replace(facts, loss=math.nan, accuracy=None, mark=None, answer=lambda: None)
    for name in ("loss_value", "accuracy", "mark", "rate_over_mark", "growth", "answer", "share"):
        assert math.isnan(float(quantities.value(name, unknown)))
    assert all(own.words for own in QUANTITIES.values())


def test_neurons_with_the_same_weights_count_once(digits: Digits) -> None:
    model = networks.network(SETTINGS, 0, digits.train_images[:2])
    first, kinds = model.get_submodule("fc1"), quantities.kinds(model)
    with torch.no_grad():
        first.weight[3], first.bias[3] = first.weight[1], first.bias[1]
        first.weight[4], first.bias[4] = first.weight[1] * (1 + 1e-6), first.bias[1]
    assert quantities.different_neurons(model, kinds) == 3
    with torch.no_grad():
        first.bias[0] = torch.nan
    assert quantities.different_neurons(model, kinds) == 0


@pytest.mark.parametrize("name", ["zero", "constant"])
def test_copies_stay_one_neuron_though_rounding_parts_them(digits: Digits, name: str) -> None:
    settings = replace(SETTINGS, initialization=name, activation="tanh", optimizer="Adam")
    training = Training(settings, 0, digits.train_images[:50], digits.train_labels[:50])
    kinds = quantities.kinds(training.model)
    assert quantities.different_neurons(training.model, kinds) == 1
    for _ in range(3):
        training.advance()
    with torch.no_grad():  # what rounding grows to in some hundred steps
        training.model.get_submodule("fc1").weight[2] *= 1.1
    assert quantities.different_neurons(training.model, kinds) == 1


def test_neurons_that_differ_in_what_they_act_on_are_no_copies(digits: Digits) -> None:
    model = networks.network(replace(SETTINGS, initialization="constant"), 0, digits.train_images[:2])
    with torch.no_grad():
        model.get_submodule("out").weight[0, 3] = 7.0
    assert quantities.kinds(model).unique().numel() == 2


def test_answers_are_no_copies(digits: Digits) -> None:
    model = networks.network(replace(SETTINGS, depth=1, initialization="zero"), 0, digits.train_images[:2])
    assert quantities.kinds(model).unique().numel() == 10

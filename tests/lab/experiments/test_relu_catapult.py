"""A ReLU network starts sharp and lands flat."""

import math

import pytest

from torchdemos.lab.data import Digits
from torchdemos.lab.experiments import relu_catapult


def test_a_relu_network_of_the_full_run_starts_sharp_and_lands_flat(
    digits: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relu_catapult, "MULTIPLES", (4.0, 1e6))
    monkeypatch.setattr(relu_catapult, "STEPS", 40)
    highest, end = relu_catapult.run(digits.train_images[:32], digits.train_labels[:32], seed=0).claims
    assert (highest.measured, highest.holds) == (4.0, False) and end.holds


def test_a_relu_network_that_never_lands_is_reported(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relu_catapult, "MULTIPLES", (1e9,))
    monkeypatch.setattr(relu_catapult, "STEPS", 5)
    claims = relu_catapult.run(digits.train_images[:8], digits.train_labels[:8], seed=0).claims
    assert all(math.isnan(claim.measured) and not claim.holds for claim in claims)

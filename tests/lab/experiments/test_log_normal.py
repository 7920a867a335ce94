"""Gradients of networks drawn alike scatter by the law."""

import math

import pytest
import torch

from torchdemos.lab.experiments import log_normal


def test_mean_and_variance_keep_the_law_at_another_seed() -> None:
    result = log_normal.run(seed=3, networks=1500, shapes=((50, 10), (50, 20)))
    held = [claim.name for claim in result.claims if claim.holds]
    assert held == [
        "ln gradient^2, 50 x 10",
        "its variance, 50 x 10",
        "ln gradient^2, 50 x 20",
        "its variance, 50 x 20",
    ], result.claims
    assert result.claims[1].predicted == pytest.approx(1.0817, abs=1e-4)
    assert result.figures[log_normal.FIGURE].shape[2] == 300


def test_one_layer_of_one_thousand_neurons_hardly_changes_a_gradient() -> None:
    logs = log_normal.log_square(1000, 1, 20, torch.Generator().manual_seed(0))
    assert logs.shape == (20,) and float(logs.abs().max()) < 5 * math.sqrt(5 / 1000)

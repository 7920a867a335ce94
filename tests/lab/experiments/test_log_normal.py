"""Gradients of networks drawn alike scatter by the law."""

import math

import pytest
import torch

from torchdemos.lab.experiments import log_normal


def test_mean_and_variance_keep_the_law_at_another_seed() -> None:
    evidence = log_normal.run(seed=3, networks=1500, shapes=((50, 10), (50, 20)))
    assert len(evidence.claims) == 4 and all(claim.holds for claim in evidence.claims), evidence.claims
    assert evidence.claims[1].predicted == pytest.approx(1.0817, abs=1e-4)
    assert evidence.pictures[log_normal.PICTURE].image.shape[2] == 300


def test_one_layer_of_one_thousand_neurons_hardly_changes_a_gradient() -> None:
    logs = log_normal.log_square(1000, 1, 20, torch.Generator().manual_seed(0))
    assert logs.shape == (20,) and float(logs.abs().max()) < 5 * math.sqrt(5 / 1000)

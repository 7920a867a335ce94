"""A thousand plain layers, and what they pass on. Training them is the full run's matter."""

import numpy as np
import pytest
import torch

from torchdemos import pictures
from torchdemos.lab.claims import Claim
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.experiments import thousand_layers
from torchdemos.lab.experiments.thousand_layers import FIGURE, GAUSSIAN, GROUP, ORTHOGONAL, WIDTH
from torchdemos.lab.theory.linear import directions_passed_on
from torchdemos.lab.training import batches


def test_the_directions_left_are_as_predicted_and_a_gaussian_start_leaves_one(digits: Digits) -> None:
    result = thousand_layers.run(digits.train_images, digits.train_labels, seed=7, steps=1)
    orthogonal, gaussian = result.claims[:2]
    assert isinstance(orthogonal, Claim) and orthogonal.tolerance < 0.15 and orthogonal.predicted > 40
    assert orthogonal.holds and gaussian.holds, result.claims
    assert result.figures[FIGURE].shape[1] <= pictures.CARD_HEIGHT
    assert set(result.curves) == {
        f"{GROUP}/{depth}_{start}" for depth in (200, 1000) for start in ("orthogonal", "gaussian")
    }


def test_fifty_orthogonal_layers_learn(digits: Digits) -> None:
    images, labels = standardize(digits.train_images), digits.train_labels
    model = thousand_layers.network(50, ORTHOGONAL, seed=0)
    named = thousand_layers.learn(model, batches(images, labels, 64, 120), rate=0.01)
    assert len(named) == 120 and np.mean(named[:3]) < 0.4 and np.mean(named[-20:]) > 0.7


def test_both_starts_have_the_same_variance_and_no_biases() -> None:
    for start in (ORTHOGONAL, GAUSSIAN):
        model = thousand_layers.network(20, start, seed=0)
        assert all("bias" not in name for name, _ in model.named_parameters())
        middle = torch.cat([p.flatten() for name, p in model.named_parameters() if name[:3] in ("fc2", "fc3", "fc4")])
        assert WIDTH * middle.var().item() == pytest.approx(1, rel=0.05)
        assert 784 * model.get_parameter("fc1.weight").var().item() == pytest.approx(0.09, rel=0.05)


def test_directions_are_all_without_layers_and_fewer_where_slopes_differ() -> None:
    assert directions_passed_on(64, []) == directions_passed_on(64, [np.ones(4)] * 1000) == 64
    half_dead = np.array([0.0, 1.0])  # Var(phi'^2) / E[phi'^2]^2 = 1
    assert directions_passed_on(64, [half_dead]) == 32 and directions_passed_on(64, [half_dead] * 3) == 16
    with pytest.raises(ValueError, match="neurons must be at least 1"):
        directions_passed_on(0, [])


def test_a_single_layer_passes_on_what_its_jacobian_says(digits: Digits) -> None:
    """Without a matrix between, the Jacobian is diagonal: its singular values are the slopes themselves."""
    image = standardize(digits.test_images[:1])
    model = thousand_layers.network(1, ORTHOGONAL, seed=0)
    squares = (1 - model[:3](image).detach().double().square()).square()
    expected = float(squares.sum() ** 2 / squares.square().sum())
    assert thousand_layers.passed_on(model, image) == pytest.approx(expected, rel=1e-5)

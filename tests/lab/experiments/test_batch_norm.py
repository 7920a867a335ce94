"""Batch normalization explodes at its rate."""

import pytest
import torch

from torchdemos.lab import inits, models
from torchdemos.lab.claims import Claim
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.experiments import batch_norm


def test_relu_and_tanh_explode_at_their_rate_and_linear_layers_hardly(digits: Digits) -> None:
    images, labels = standardize(digits.train_images[:64]), digits.train_labels[:64]
    result = batch_norm.run(images, labels, seed=1, depth=25, width=300, sizes=(64,), draws=1)
    relu, tanh, linear, tamed = result.claims
    assert relu.holds and tanh.holds and tamed.holds, result.claims
    assert isinstance(relu, Claim) and relu.predicted == pytest.approx(1.46694, abs=1e-5)
    assert 0.95 < linear.measured < 1.1
    assert result.figures[batch_norm.FIGURE].shape[2] == 300


def test_without_normalization_the_gradient_keeps_its_size(digits: Digits) -> None:
    images, labels = standardize(digits.train_images[:64]), digits.train_labels[:64]
    plain = models.deep_mlp(25, 250, "relu")
    inits.gaussian(plain, 2.0, 0.0, torch.Generator().manual_seed(0))
    normalized = batch_norm.network("relu", 25, 250, 0, images.device)
    without, behind = (batch_norm.log_norms(net, images, labels) for net in (plain, normalized))
    assert abs(without[0] - without[-1]) < 2 < 4 < behind[0] - behind[-1] < 5

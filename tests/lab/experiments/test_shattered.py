"""Gradients at two inputs resemble one another by the product of kernels."""

import pytest
import torch

from torchdemos.lab.experiments import shattered
from torchdemos.lab.theory import correlation


def test_the_correlations_keep_the_law_at_another_seed_and_not_the_published_one() -> None:
    result = shattered.run(seed=1, networks=600, width=100)
    held = [claim.name for claim in result.claims if claim.holds]
    assert held == [
        "correlation, 1 x ReLU",
        "correlation, 2 x ReLU",
        "correlation, 4 x ReLU",
        "correlation, 6 x ReLU",
        "correlation, 8 x ReLU",
    ], result.claims
    measured = result.claims[2].measured
    assert abs(measured - correlation.shattered(4)) > 0.08
    assert result.figures[shattered.FIGURE].shape[2] == 300


def test_the_gradients_are_those_of_autograd(monkeypatch: pytest.MonkeyPatch) -> None:
    """One network of one layer: the gradient of readout . relu(W x) is W^T (readout where active)."""
    monkeypatch.setattr(shattered, "DEPTH", 1)
    one, two = shattered.gradients(1, 6, torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(0)
    first, second = torch.randn(2, 1, 6, 1, generator=generator)
    second -= first * (first * second).sum() / first.square().sum()
    weight = torch.randn(1, 6, 6, generator=generator) * (2 / 6) ** 0.5
    readout = torch.randn(1, 6, 1, generator=generator)
    for x, found in ((first, one), (second, two)):
        x.requires_grad_()
        ((weight @ x).relu() * readout).sum().backward()
        assert torch.allclose(x.grad, found, atol=1e-6)

"""The networks that deepen the demos: blocks that pass their input on, layers that normalize."""

import pytest
import torch
from torch import nn

from torchdemos.lab import models


@pytest.mark.parametrize("activation", [*models.ACTIVATIONS, *models.OTHER_ACTIVATIONS])
def test_a_deep_mlp_takes_every_activation(activation: str) -> None:
    net = models.deep_mlp(2, 5, activation)
    assert list(dict(net.named_children())) == ["flat", "fc1", "act1", "fc2", "act2", "out"]
    assert net(torch.zeros(3, 1, 28, 28)).shape == (3, 10)


def test_a_residual_block_adds_its_scaled_branch(generator: torch.Generator) -> None:
    x = torch.randn(4, 6, generator=generator)
    block = models.Residual(6, 0.5)
    branch = x.clamp(min=0) @ block.fc.weight.T + block.fc.bias
    assert torch.allclose(block(x), x + 0.5 * branch, atol=1e-6)


def test_residual_blocks_of_scale_0_leave_a_linear_network() -> None:
    net = models.residual_mlp(3, 8, 0.0, inputs=4, classes=2)
    x = torch.ones(1, 4)
    assert torch.equal(net(x), net.out(net.into(x)))
    assert sum(isinstance(module, models.Residual) for module in net) == 3


def test_batch_norm_comes_before_each_activation(generator: torch.Generator) -> None:
    net = models.batch_norm_mlp(2, 5, "relu", inputs=4, classes=3)
    kinds = [type(module) for module in net]
    assert kinds == [nn.Flatten, *[nn.Linear, nn.BatchNorm1d, nn.ReLU] * 2, nn.Linear]
    normalized = net[:3](torch.randn(50, 4, generator=generator))
    assert torch.allclose(normalized.mean(0), torch.zeros(5), atol=1e-5)

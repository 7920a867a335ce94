"""A neuron by hand equals the layer's own output."""

import pytest
import torch
from torch import nn

from torchdemos.lab import by_hand


def test_a_dense_neuron_is_the_sum_of_its_products_plus_its_bias(generator: torch.Generator) -> None:
    layer, x = nn.Linear(7, 3), torch.randn(7, generator=generator)
    neuron = by_hand.dense(layer, x, 2)
    assert neuron.sum == pytest.approx(layer(x)[2].item(), rel=1e-5)
    assert float(neuron.products.sum()) + neuron.bias == neuron.sum


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("bias", [True, False])
def test_a_convolutional_neuron_looks_at_one_patch(stride: int, bias: bool, generator: torch.Generator) -> None:
    layer, x = nn.Conv2d(2, 3, 3, stride=stride, bias=bias), torch.randn(2, 9, 9, generator=generator)
    neuron = by_hand.convolutional(layer, x, 1, 2, 3)
    assert neuron.inputs.shape == neuron.weights.shape == (2, 3, 3)
    assert neuron.sum == pytest.approx(layer(x[None])[0, 1, 2, 3].item(), rel=1e-4)


def test_a_relu_cuts_off_below_zero() -> None:
    neuron = by_hand.Neuron(torch.ones(2), -torch.ones(2), 0.5, (0,))
    assert (neuron.sum, neuron.relu) == (-1.5, 0.0)

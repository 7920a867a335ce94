"""One neuron computed by hand: inputs times weights, summed, plus the bias."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Neuron:
    """One neuron for one input: its inputs and weights, its bias, and its place in the layer's output.

    `inputs` and `weights` have the same shape: [channels, height, width] for a convolution, [n] for a dense layer.
    """

    inputs: Tensor
    weights: Tensor
    bias: float
    place: tuple[int, ...]

    @property
    def products(self) -> Tensor:
        """Each input times its weight."""
        return self.inputs * self.weights

    @property
    def sum(self) -> float:
        """The neuron's value before its activation: the sum of the products, plus the bias."""
        return float(self.products.sum()) + self.bias

    @property
    def relu(self) -> float:
        """Its value after a ReLU."""
        return max(self.sum, 0.0)


@torch.no_grad()
def dense(layer: nn.Linear, inputs: Tensor, unit: int) -> Neuron:
    """Unit `unit` of a dense layer, for one input [n], in float64."""
    return Neuron(inputs.double(), layer.weight[unit].double(), _bias(layer, unit), (unit,))


@torch.no_grad()
def convolutional(layer: nn.Conv2d, inputs: Tensor, channel: int, row: int, column: int) -> Neuron:
    """The unit at (row, column) of one channel of a plain convolution, for one input [C, H, W], in float64.

    Its inputs are a patch of the picture, and its weights are the channel's kernel.
    """
    kernel = layer.weight[channel].double()
    top, left = row * layer.stride[0], column * layer.stride[1]
    patch = inputs.double()[:, top : top + kernel.shape[1], left : left + kernel.shape[2]]
    return Neuron(patch, kernel, _bias(layer, channel), (channel, row, column))


def _bias(layer: nn.Linear | nn.Conv2d, unit: int) -> float:
    return 0.0 if layer.bias is None else float(layer.bias[unit])

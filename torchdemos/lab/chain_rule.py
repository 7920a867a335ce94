"""Backpropagation by hand: the gradient as a product of one factor for each layer."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

SLOPES: dict[type[nn.Module], Callable[[Tensor], Tensor]] = {
    nn.Sigmoid: lambda a: a * (1 - a),
    nn.Tanh: lambda a: 1 - a * a,
    nn.ReLU: lambda a: (a > 0).to(a.dtype),
}


class Link(NamedTuple):
    """One layer of the chain: its factor |dL/dz_l| / |dL/dz_(l+1)|, and the product of the factors up to the loss.

    The last layer's factor is |dL/dz| itself, so each product is the gradient norm of its layer. Every other factor
    is `weights` times `slope`: what the weights W_(l+1) do to the norm, and then what the slopes phi'(z_l) do to it.
    Both are NaN in the last layer. `value` is the root mean square of z_l on the way forward.
    """

    layer: str
    factor: float
    product: float
    weights: float
    slope: float
    value: float


@torch.no_grad()
def chain(model: nn.Sequential, inputs: Tensor, labels: Tensor) -> list[Link]:
    """The chain rule for a plain network of linear layers and activations under cross entropy, first layer first.

    The computation goes backward by the definition, in float64 and without autograd:
    dL/dz = (softmax(z) - one_hot) / batch at the end, then dL/dz_l = phi'(z_l) * W_(l+1)^T dL/dz_(l+1).
    """
    layers = [(name, module) for name, module in model.named_children() if isinstance(module, nn.Linear)]
    slopes, sums = _forward(model, inputs)
    *values, last = [float(z.square().mean().sqrt()) for z in sums]
    gradient = (sums[-1].softmax(1) - nn.functional.one_hot(labels, sums[-1].shape[1])) / len(labels)
    links = [Link(layers[-1][0], product := float(gradient.norm()), product, math.nan, math.nan, last)]
    for (name, _), (_, later), slope, value in zip(
        layers[-2::-1], layers[:0:-1], reversed(slopes), reversed(values), strict=True
    ):
        size, spread = gradient.norm(), gradient @ later.weight.double()
        gradient = spread * slope
        factor = float(gradient.norm() / size)
        parts = float(spread.norm() / size), float(gradient.norm() / spread.norm())
        links.append(Link(name, factor, product := product * factor, *parts, value))
    return links[::-1]


def _forward(model: nn.Sequential, inputs: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """The slope of every activation, and the output z of every linear layer, in float64."""
    slopes, sums, x = [], [], inputs.double()
    for module in model:
        if isinstance(module, nn.Linear):
            x = nn.functional.linear(x, module.weight.double(), module.bias.double())
            sums.append(x)
        else:
            x = module(x)
        if type(module) in SLOPES:
            slopes.append(SLOPES[type(module)](x))
    return slopes, sums

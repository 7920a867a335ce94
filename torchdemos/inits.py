"""How the weights start."""

import math

import torch
from torch import nn


@torch.no_grad()
def gaussian(model: nn.Module, weight_variance: float, bias_variance: float, generator: torch.Generator) -> None:
    """W ~ N(0, weight_variance / fan_in) and b ~ N(0, bias_variance) in every layer that has a weight matrix.

    `weight_variance` 2 is He's initialization, 1 is Xavier's (for equal widths); normalization
    layers are left alone. Draws only from `generator` (on the CPU), never from the global state.
    """
    for layer in model.modules():
        weight = getattr(layer, "weight", None)
        if isinstance(weight, nn.Parameter) and weight.dim() >= 2:
            fan_in = weight[0].numel()
            _fill(weight, math.sqrt(weight_variance / fan_in), generator)
            bias = getattr(layer, "bias", None)
            if isinstance(bias, nn.Parameter):
                _fill(bias, math.sqrt(bias_variance), generator)


def _fill(parameter: nn.Parameter, std: float, generator: torch.Generator) -> None:
    parameter.copy_(std * torch.randn(parameter.shape, generator=generator))

"""Networks of one hidden layer whose neurons start equal, entirely or in part, and the single neuron that they are."""

import math

import torch
from torch import nn

from torchdemos.lab import inits, models

EQUAL_WEIGHT = 0.1
STARTS = {
    "zero": "all 0",
    "constant": "all 0.1",
    "constant_first": "first layer 0.1, second random",
    "random": "random (He)",
}


def fresh(name: str, width: int, seed: int) -> nn.Sequential:
    """784-`width`-10 from one of STARTS."""
    model, generator = models.deep_mlp(1, width, "relu"), torch.Generator().manual_seed(seed)
    if name == "random":
        inits.gaussian(model, 2.0, 0.0, generator)
    else:
        inits.constant(model, 0.0 if name == "zero" else EQUAL_WEIGHT)
    if name == "constant_first":
        inits.gaussian(model.get_submodule("out"), 2.0, 0.0, generator)
    return model


def single_neuron(width: int) -> nn.Sequential:
    """784-1-10, which computes the same as `width` equal neurons."""
    model = models.deep_mlp(1, 1, "relu")
    inits.constant(model, EQUAL_WEIGHT * math.sqrt(width))
    nn.init.constant_(model.get_parameter("out.bias"), EQUAL_WEIGHT)
    return model

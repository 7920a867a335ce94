"""Twenty plain layers, and twenty with each cure of their gradient: how they are built, and the law of one layer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from torchdemos.lab import inits, models
from torchdemos.lab.theory import depth, mean_field

DEPTH, WIDTH = 20, 100
Initializer = Callable[[nn.Module, torch.Generator], None]
STARTS: dict[str, Initializer] = {
    "1/n": lambda model, generator: inits.gaussian(model, 1.0, 0.0, generator),
    "2/n": lambda model, generator: inits.gaussian(model, 2.0, 0.0, generator),
    "orthogonal": lambda model, generator: inits.orthogonal(model, 1.0, generator),
}


@dataclass(frozen=True)
class Network:
    """Twenty layers of one kind: how they are built, how they start, and the law of one layer.

    By the law a layer multiplies the squared gradient norm by `factor`, and adds `scatter` to the variance of its
    logarithm.
    """

    name: str
    about: str
    source: str
    build: Callable[[], nn.Sequential]
    start: str
    factor: float
    scatter: float

    def fresh(self, generator: torch.Generator, device: torch.device) -> nn.Sequential:
        """A fresh network."""
        model = self.build()
        STARTS[self.start](model, generator)
        return model.to(device)


RELU, SELU, LINEAR = (partial(models.deep_mlp, DEPTH, WIDTH, phi) for phi in ("relu", "selu", "linear"))
SKIP, SCALED = (partial(models.residual_mlp, DEPTH, WIDTH, scale) for scale in (1.0, DEPTH**-0.5))
NORMALIZED = partial(models.batch_norm_mlp, DEPTH, WIDTH, "relu")
RELU_SCATTER = 5 / WIDTH  # SELU scatters less, because its slopes differ less from one another
NETWORKS = (
    Network("plain", "ReLU, weights 1/n", "He et al. 2015", RELU, "1/n", mean_field.chi(1, "relu", 1), RELU_SCATTER),
    Network("He", "ReLU, weights 2/n", "He et al. 2015", RELU, "2/n", mean_field.chi(1, "relu", 2), RELU_SCATTER),
    Network(
        *("residual", "x + f(x)", "Hanin & Rolnick 2018", SKIP, "2/n"),
        *(depth.residual_growth(1), depth.residual_scatter(WIDTH, 1.0)),
    ),
    Network(
        *("scaled", "x + f(x) / sqrt(20)", "De & Smith 2020", SCALED, "2/n"),
        *(depth.residual_growth(1, 1 / DEPTH), depth.residual_scatter(WIDTH, 1 / DEPTH)),
    ),
    Network("SELU", "SELU, weights 1/n", "Klambauer et al. 2017", SELU, "1/n", depth.selu_chi(1.0), RELU_SCATTER),
    Network(
        *("batch norm", "before each ReLU", "Yang et al. 2019", NORMALIZED, "2/n"),
        *(depth.batch_norm_chi("relu"), RELU_SCATTER),
    ),
    Network("orthogonal", "no activation", "Saxe et al. 2014", LINEAR, "orthogonal", 1.0, 0.0),
)

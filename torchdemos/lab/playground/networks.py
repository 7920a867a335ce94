"""The network of some settings: its layers, its start, and the rows of neurons that the page shows of it."""

from typing import Any

import torch
from torch import Tensor, nn

from torchdemos.lab import inits
from torchdemos.lab.models import deep_mlp
from torchdemos.lab.playground.settings import Settings

MOMENTUM = 0.9
HUGE = 25.0  # weight variance x fan_in at which a signal passes twenty layers of sigmoid neurons
FLAT, OUTPUT = "flat", "out"


def network(settings: Settings, seed: int, images: Tensor) -> nn.Sequential:
    """The network before its first step: the same bits for the same settings and seed. Nothing global is drawn from."""
    with torch.device("meta"):  # draws nothing
        model = deep_mlp(settings.depth - 1, settings.width, settings.activation)
    model.to_empty(device=images.device)
    generator = torch.Generator().manual_seed(seed)
    if settings.initialization == "huge":
        inits.gaussian(model, HUGE, 0.0, generator)
    else:
        inits.INITS[settings.initialization.lower()](model, images, generator)
    return model


def optimizer(settings: Settings, model: nn.Module) -> torch.optim.Optimizer:
    """The optimizer, which knows nothing of earlier steps yet."""
    if settings.optimizer == "Adam":
        return torch.optim.Adam(model.parameters(), lr=settings.learning_rate)
    return torch.optim.SGD(model.parameters(), lr=settings.learning_rate, momentum=momentum(settings))


def momentum(settings: Settings) -> float:
    """The share of the step before that is added to a step of SGD."""
    return MOMENTUM if settings.optimizer == "momentum" else 0.0


def shown_layers(model: nn.Sequential) -> list[str]:
    """The modules whose outputs are rows of neurons: the picture, each activation, the answer."""
    return [name for name, _ in model.named_children() if not name.startswith("fc")]


def rows(model: nn.Sequential, settings: Settings) -> list[dict[str, Any]]:
    """The rows of neurons as the page takes them, from the picture to the answer."""
    modules = dict(model.named_children())
    shapes = {FLAT: [1, 28, 28], OUTPUT: [10]}
    return [
        {
            "name": "input" if name == FLAT else name,
            "kind": type(modules[name]).__name__,
            "shape": (shape := shapes.get(name, [settings.width])),
            "kept": shape[0],
            "label": name == OUTPUT,
        }
        for name in shown_layers(model)
    ]

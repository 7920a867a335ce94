"""Feed-forward networks by name, each built as its configuration says. Recurrent ones and transformers: `sequences`."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.faultbench.config import Config
from benchmarks.faultbench.data import Data

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky": lambda: nn.LeakyReLU(0.1),
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
    "mish": nn.Mish,
    "prelu": nn.PReLU,
    "hardswish": nn.Hardswish,
    "relu6": nn.ReLU6,
    "hardtanh": nn.Hardtanh,
    "celu": nn.CELU,
    "softsign": nn.Softsign,
    "rrelu": nn.RReLU,
}
HEADS: dict[str, Callable[[], nn.Module]] = {
    **ACTIVATIONS,
    "softmax": lambda: nn.Softmax(dim=1),
    "log_softmax": lambda: nn.LogSoftmax(dim=1),
    "softmax over samples": lambda: nn.Softmax(dim=0),
    "square root": lambda: Apply(lambda x: (x * (x > 0)).sqrt()),  # whose gradient is 0 times inf,
}


class Apply(nn.Module):
    """A function as a layer."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


class Residual(nn.Module):
    """x + branch(x), or in training now and then x alone."""

    drop = 0.0  # how often

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, x: Tensor) -> Tensor:
        if self.training and self.drop and torch.rand(()) < self.drop:
            return x
        return x + self.branch(x)


class Functional(nn.Module):
    """Two hidden layers whose activations are functions, as in many tutorials."""

    def __init__(self, inputs: int, config: Config, outputs: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(inputs, config.width)
        self.fc2 = nn.Linear(config.width, config.width)
        self.out = nn.Linear(config.width, outputs)
        self.head, self.cut, self.activation = config.head, config.cut, getattr(F, config.activation)

    def forward(self, x: Tensor) -> Tensor:
        x = self.activation(self.fc1(x.flatten(1)))
        if self.cut == 1:
            x = x.detach()
        x = self.out(self.activation(self.fc2(x)))
        return getattr(F, self.head)(x, 1) if self.head else x


class TwoTowers(nn.Module):
    """The upper and the lower half of a picture go through layers of their own, of unlike depth."""

    def __init__(self, inputs: int, config: Config, outputs: int) -> None:
        super().__init__()
        self.upper = inputs // 2
        self.left = nn.Sequential(nn.Linear(self.upper, config.width), nn.ReLU())
        self.right = nn.Sequential(nn.Linear(inputs - self.upper, config.width), nn.ReLU())
        for _ in range(config.depth - 1):
            self.right.append(nn.Linear(config.width, config.width)).append(nn.ReLU())
        self.out = nn.Linear(2 * config.width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        return self.out(torch.cat([self.left(x[:, : self.upper]), self.right(x[:, self.upper :])], 1))


Layers = list[tuple[str, nn.Module]]


def hidden(
    i: int, layer: nn.Module, width: int, config: Config, norms: dict[str, Callable[[int], nn.Module]]
) -> Layers:
    """One hidden layer with what belongs to it."""
    layers: Layers = [(f"fc{i}" if isinstance(layer, nn.Linear) else f"conv{i}", layer)]
    if config.norm:
        layers.append((f"norm{i}", norms[config.norm](width)))
    layers.append((f"act{i}", ACTIVATIONS[config.activation]()))
    if config.dropout:
        layers.append((f"drop{i}", nn.Dropout(config.dropout)))
    if config.residual and i > 1:
        layers = [(f"block{i}", Residual(nn.Sequential(OrderedDict(layers))))]
    return layers + ([("detach", Apply(torch.detach))] if config.cut == i else [])


def mlp(config: Config, data: Data) -> nn.Module:
    """fc1, act1, fc2, act2, ..., out."""
    norms: dict[str, Callable[[int], nn.Module]] = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}
    inputs = data.inputs[0].numel()
    layers: Layers = [("flatten", nn.Flatten())]
    for i in range(1, config.depth + 1):
        layers += hidden(i, nn.Linear(inputs, config.width), config.width, config, norms)
        inputs = config.width
    layers.append(("out", nn.Linear(inputs, answers(config, data))))
    return nn.Sequential(OrderedDict(layers + head(config)))


def dropped_layers(config: Config, data: Data) -> nn.Module:
    """A residual network that leaves out three of ten blocks in each step."""
    model = mlp(replace(config, residual=True), data)
    for module in model.modules():
        if isinstance(module, Residual):
            module.drop = 0.3
    return model


def cnn(config: Config, data: Data) -> nn.Module:
    """conv1, act1, ..., of which the first two halve the picture, then their mean, then out."""
    norms: dict[str, Callable[[int], nn.Module]] = {
        "batch": nn.BatchNorm2d,
        "group": lambda width: nn.GroupNorm(4, width),
    }
    channels, layers = 1, Layers()
    for i in range(1, config.depth + 1):
        stride = 2 if i <= 2 and not (config.residual and i > 1) else 1
        layers += hidden(i, nn.Conv2d(channels, config.width, 3, stride, 1), config.width, config, norms)
        channels = config.width
    layers += [("pool", nn.AdaptiveAvgPool2d(3)), ("flatten", nn.Flatten())]
    layers.append(("out", nn.Linear(9 * channels, answers(config, data))))
    return nn.Sequential(OrderedDict(layers + head(config)))


def functional(config: Config, data: Data) -> nn.Module:
    return Functional(data.inputs[0].numel(), config, answers(config, data))


def towers(config: Config, data: Data) -> nn.Module:
    return TwoTowers(data.inputs[0].numel(), config, answers(config, data))


def linear(config: Config, data: Data) -> nn.Module:
    """No hidden layer."""
    out = nn.Linear(data.inputs[0].numel(), answers(config, data))
    return nn.Sequential(OrderedDict([("flatten", nn.Flatten()), ("out", out), *head(config)]))


def autoencoder(config: Config, data: Data) -> nn.Module:
    """As many hidden layers on either side of a code of 16 numbers."""
    pixels = data.inputs[0].numel()
    widths = [pixels, *[config.width] * config.depth, 16]
    activation = ACTIVATIONS[config.activation]
    layers: Layers = [("flatten", nn.Flatten())]
    for side, sizes in (("encoder", widths), ("decoder", widths[::-1])):
        for i, (before, after) in enumerate(pairwise(sizes), 1):
            layers.append((f"{side}{i}", nn.Linear(before, after)))
            if after in (config.width, 16):
                layers.append((f"{side}_act{i}", activation()))
            if side == "encoder" and config.cut == i:
                layers.append(("detach", Apply(torch.detach)))
    return nn.Sequential(OrderedDict(layers + head(config)))


def head(config: Config) -> Layers:
    return [("head", HEADS[config.head]())] if config.head else []


def answers(config: Config, data: Data) -> int:
    return data.outputs * (2 if config.loss == "gaussian_nll" else 1)

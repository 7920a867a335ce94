"""How weights start. Only layers with a weight matrix are changed, so normalization layers stay as they are."""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn


@torch.no_grad()
def constant(model: nn.Module, value: float) -> None:
    """Every weight and every bias is `value`: the neurons of a layer are all equal, and stay so."""
    for weight, bias in _layers(model):
        weight.fill_(value)
        _set(bias, value)


@torch.no_grad()
def gaussian(model: nn.Module, weight_variance: float, bias_variance: float, generator: torch.Generator) -> None:
    """W ~ N(0, weight_variance / fan_in) and b ~ N(0, bias_variance) in every layer.

    `weight_variance` 2 is He's initialization; 1 is LeCun's and, for equal widths, Xavier's. All functions here draw
    only from `generator` (on the CPU), never from the global state.
    """
    for weight, bias in _layers(model):
        weight.copy_(math.sqrt(weight_variance / weight[0].numel()) * torch.randn(weight.shape, generator=generator))
        if bias is not None:
            bias.copy_(math.sqrt(bias_variance) * torch.randn(bias.shape, generator=generator))


@torch.no_grad()
def standard(model: nn.Module, generator: torch.Generator) -> None:
    """W ~ U(-a, a) with a = 1 / sqrt(fan_in), variance 1 / (3 fan_in): what Glorot & Bengio found in use. b = 0."""
    for weight, bias in _layers(model):
        _uniform(weight, 1 / math.sqrt(weight[0].numel()), generator)
        _set(bias, 0.0)


@torch.no_grad()
def xavier(model: nn.Module, generator: torch.Generator) -> None:
    """W ~ U(-a, a) with a = sqrt(6 / (fan_in + fan_out)), variance 2 / (fan_in + fan_out). b = 0.

    If the activation is linear, it keeps the variance of signals on the way forward and of gradients on the way back.
    Source: Glorot & Bengio 2010, eq. 16.
    """
    for weight, bias in _layers(model):
        fan_in, fan_out = weight[0].numel(), weight[:, 0].numel()
        _uniform(weight, math.sqrt(6 / (fan_in + fan_out)), generator)
        _set(bias, 0.0)


@torch.no_grad()
def orthogonal(model: nn.Module, gain: float, generator: torch.Generator) -> None:
    """W = gain x a random orthogonal matrix (the rows, or the columns if they are fewer, are orthonormal). b = 0.

    Apart from the gain, a square layer keeps every length and every angle. A gain of sqrt(2) makes up for the half that
    ReLU loses.
    Source: Saxe, McClelland & Ganguli 2014.
    """
    for weight, bias in _layers(model):
        weight.copy_(gain * _orthonormal(weight, generator))
        _set(bias, 0.0)


@torch.no_grad()
def lsuv(model: nn.Sequential, inputs: Tensor, generator: torch.Generator) -> None:
    """Start orthogonal, then divide each layer by the std of its outputs for `inputs`, so that their variance is 1.

    One division is exact, because the biases are 0. A layer whose outputs are all equal stays as it is.
    Source: Mishkin & Matas 2016, arXiv:1511.06422.
    """
    orthogonal(model, 1.0, generator)
    for layer in model:
        weight = getattr(layer, "weight", None)
        if isinstance(weight, nn.Parameter) and weight.dim() >= 2:
            weight.div_(layer(inputs).std().nan_to_num(1.0) or 1.0)
        inputs = layer(inputs)


def _layers(model: nn.Module) -> Iterator[tuple[nn.Parameter, nn.Parameter | None]]:
    """The weight and the bias of every layer that has a weight matrix."""
    for layer in model.modules():
        weight, bias = getattr(layer, "weight", None), getattr(layer, "bias", None)
        if isinstance(weight, nn.Parameter) and weight.dim() >= 2:
            yield weight, bias if isinstance(bias, nn.Parameter) else None


def _set(bias: nn.Parameter | None, value: float) -> None:
    if bias is not None:
        bias.fill_(value)


def _uniform(weight: Tensor, limit: float, generator: torch.Generator) -> None:
    weight.copy_(limit * (2 * torch.rand(weight.shape, generator=generator) - 1))


def _orthonormal(weight: Tensor, generator: torch.Generator) -> Tensor:
    """A uniform draw from all orthogonal matrices: QR of a Gaussian one, with the signs that make diag R positive."""
    rows, columns = len(weight), weight[0].numel()
    drawn = torch.randn(max(rows, columns), min(rows, columns), generator=generator, dtype=torch.float64)
    q, r = torch.linalg.qr(drawn)
    q = q * r.diagonal().sign()
    shaped: Tensor = (q if rows >= columns else q.T).reshape(weight.shape)
    return shaped


# Each takes the model, inputs like those it will see (LSUV measures itself on them) and a generator.
INITS: dict[str, Callable[[nn.Sequential, Tensor, torch.Generator], None]] = {
    "zero": lambda model, inputs, generator: constant(model, 0.0),
    "constant": lambda model, inputs, generator: constant(model, 0.01),
    "small": lambda model, inputs, generator: gaussian(model, 0.5, 0.0, generator),
    "large": lambda model, inputs, generator: gaussian(model, 8.0, 0.0, generator),
    "xavier": lambda model, inputs, generator: xavier(model, generator),
    "he": lambda model, inputs, generator: gaussian(model, 2.0, 0.0, generator),
    "orthogonal": lambda model, inputs, generator: orthogonal(model, math.sqrt(2), generator),
    "lsuv": lsuv,
}

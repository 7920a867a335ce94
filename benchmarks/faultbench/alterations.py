"""What people do to a model once it is built: layers swapped or shared, norms on weights, noise, odd first weights."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from benchmarks.faultbench.initial import WEIGHTS


class Transposed(nn.Module):
    """A dense layer with the weights of another the other way round."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.weight, self.bias = layer.weight, nn.Parameter(torch.zeros(layer.in_features))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight.T, self.bias)


class Gated(nn.Module):
    """ReLU, and a gate for each channel that looks at the whole picture (squeeze and excitation)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gate = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        share: Tensor = self.gate(x.mean((2, 3))).sigmoid()
        return x.relu() * share[:, :, None, None]


# layers swapped


def swap(model: nn.Module, old: type[nn.Module] | tuple[type[nn.Module], ...], new: Callable[..., nn.Module]) -> None:
    """Put `new(layer)` in the place of each such layer."""
    for name, layer in list(model.named_modules()):
        if isinstance(layer, old):
            model.set_submodule(name, new(layer))


def max_pool(model: nn.Module) -> None:
    model.pool = nn.AdaptiveMaxPool2d(3)


def gate(model: nn.Module) -> None:
    model.act2 = Gated(model.get_submodule("conv2").out_channels)  # type: ignore[arg-type]


def depthwise(model: nn.Module) -> None:
    swap(model, nn.Conv2d, _separated)


def _separated(layer: nn.Conv2d) -> nn.Module:
    before, after = layer.in_channels, layer.out_channels
    if before == 1:
        return layer
    return nn.Sequential(nn.Conv2d(before, before, 3, layer.stride[0], 1, groups=before), nn.Conv2d(before, after, 1))


def instance_norm(model: nn.Module) -> None:
    swap(model, nn.GroupNorm, lambda norm: nn.InstanceNorm2d(norm.num_channels, affine=True))


def rms_norm(model: nn.Module) -> None:
    swap(model, nn.LayerNorm, lambda norm: nn.RMSNorm(norm.normalized_shape))


def plain_norm(model: nn.Module) -> None:
    """Batch norms without scale and shift."""
    swap(model, nn.BatchNorm1d, lambda norm: nn.BatchNorm1d(norm.num_features, affine=False))


def no_biases(model: nn.Module) -> None:
    for layer in model.modules():
        if isinstance(layer, WEIGHTS):
            layer.register_parameter("bias", None)


def both_ways(model: nn.Module) -> None:
    """A recurrent net that reads from either end, with half of the units each."""
    old = model.recurrent
    assert isinstance(old, (nn.GRU, nn.LSTM))
    model.recurrent = type(old)(old.input_size, old.hidden_size // 2, batch_first=True, bidirectional=True)


def dropout_between(share: float, model: nn.Module) -> None:
    """Dropout between recurrent layers."""
    assert isinstance(model.recurrent, nn.RNNBase)
    model.recurrent.dropout = share


def batch_last(model: nn.Module) -> None:
    """Take the samples for the time."""
    assert isinstance(model.recurrent, nn.RNNBase)
    model.recurrent.batch_first = False


# in front of the first layer


def drop_inputs(share: float, model: nn.Module) -> None:
    model.flatten = nn.Sequential(nn.Flatten(), nn.Dropout(share))


def norm_inputs(features: int, model: nn.Module) -> None:
    model.flatten = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(features))


# weights shared, normalized, noisy


def share_layers(model: nn.Module) -> None:
    """One dense layer three times."""
    model.fc3 = model.fc4 = model.fc2


def share_blocks(model: nn.Module) -> None:
    assert isinstance(model.blocks, nn.ModuleList)
    model.blocks[1] = model.blocks[0]


def tie_letters(model: nn.Module) -> None:
    """The head reads the weights that embed the letters."""
    assert isinstance(model.out, nn.Linear)
    model.embed = nn.Embedding(model.out.out_features, model.out.in_features)
    nn.init.normal_(model.embed.weight, std=model.out.in_features**-0.5)
    model.out.weight = model.embed.weight


def tie_decoder(model: nn.Module) -> None:
    model.decoder1 = Transposed(model.get_submodule("encoder2"))  # type: ignore[arg-type]
    model.decoder2 = Transposed(model.get_submodule("encoder1"))  # type: ignore[arg-type]


def weight_norm(model: nn.Module) -> None:
    swap(model, WEIGHTS, parametrizations.weight_norm)


def spectral_norm(model: nn.Module) -> None:
    swap(model, nn.Linear, parametrizations.spectral_norm)


def noisy_gradients(share: float, model: nn.Module) -> None:
    """Add noise of this share of its own spread to each gradient."""
    for parameter in model.parameters():
        parameter.register_hook(  # type: ignore[no-untyped-call]
            lambda grad: grad + share * grad.square().mean().sqrt() * torch.randn_like(grad)
        )


# first weights


@torch.no_grad()
def remember(model: nn.Module) -> None:
    """Forget gates of an LSTM begin open."""
    for name, parameter in model.named_parameters():
        if "recurrent.bias_hh" in name:
            parameter[len(parameter) // 4 : len(parameter) // 2] = 1.0


@torch.no_grad()
def identity_rnn(model: nn.Module) -> None:
    """A recurrent net of ReLU that begins as a sum."""
    old = model.recurrent
    assert isinstance(old, nn.RNN)
    model.recurrent = nn.RNN(old.input_size, old.hidden_size, 1, "relu", batch_first=True)
    nn.init.eye_(model.recurrent.get_parameter("weight_hh_l0"))


@torch.no_grad()
def loud_recurrence(gain: float, model: nn.Module) -> None:
    for name, parameter in model.named_parameters():
        if "recurrent.weight_hh" in name:
            parameter.mul_(gain)


@torch.no_grad()
def dead_channels(share: float, model: nn.Module) -> None:
    """Let this share of the first convolution's channels never be active."""
    layer = model.get_submodule("conv1")
    assert isinstance(layer, nn.Conv2d)
    assert layer.bias is not None
    layer.bias[: round(share * len(layer.bias))] = -100.0

"""What the kind of a layer tells about the units of its output."""

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd
from torch.nn.modules.instancenorm import _InstanceNorm

NOWHERE = -1  # units that are spread over several dimensions
FEATURES = (
    *(nn.Linear, nn.Bilinear, nn.Embedding, nn.EmbeddingBag, nn.RNNBase, nn.RNNCellBase, nn.MultiheadAttention),
    *(nn.TransformerEncoder, nn.TransformerEncoderLayer, nn.TransformerDecoder, nn.TransformerDecoderLayer),
    nn.Transformer,
)
NORMS_OF_FEATURES = (nn.LayerNorm, nn.RMSNorm)
BATCHED_CHANNELS = (nn.Upsample, nn.ChannelShuffle, nn.LocalResponseNorm, nn.Dropout2d)
PLACE_IN_PICTURES = -3
PLACES_OF_FOLDED = {nn.Unfold: -2, nn.Fold: -3, nn.PixelShuffle: -3, nn.PixelUnshuffle: -3}

Carry = Callable[[int, Tensor, Tensor], int | None]


class Kind(NamedTuple):
    """What a kind of layer tells.

    `place` is the dimension of its units, counted from the end if it is negative; None if the kind does not tell. `own`
    says that the layer makes its units itself. If it does not, `carry` says where those of an input are in the output:
    from their place there, the input and the output.
    """

    place: int | None
    own: bool
    carry: Carry


def kind_of(module: nn.Module) -> Kind:
    """The kind of a layer."""
    place, own = _place(module)
    return Kind(place, own, _carry(module))


def sizes(x: Tensor) -> tuple[int, ...]:
    """The shape of a tensor; empty for a nested one, which has several."""
    return () if x.is_nested else tuple(x.shape)


def _place(module: nn.Module) -> tuple[int | None, bool]:
    if isinstance(module, nn.Sequential) and type(module).forward is nn.Sequential.forward:
        return _place_of_chain(module)
    if isinstance(module, NORMS_OF_FEATURES):  # channels-first variants derive from nn.LayerNorm
        standard = type(module).forward in (nn.LayerNorm.forward, nn.RMSNorm.forward)
        return (-1, True) if standard and len(module.normalized_shape) == 1 else (None, False)
    if isinstance(module, FEATURES):
        return -1, True
    if isinstance(module, (_BatchNorm, nn.GroupNorm)):
        return 1, True
    if isinstance(module, _ConvNd):
        return -1 - len(module.kernel_size), True
    for kind, place in PLACES_OF_FOLDED.items():
        if isinstance(module, kind):
            return place, True
    if isinstance(module, BATCHED_CHANNELS) or (isinstance(module, nn.PReLU) and module.num_parameters > 1):
        return 1, False
    return _place_by_name(module), isinstance(module, _InstanceNorm)


def _place_of_chain(chain: nn.Sequential) -> tuple[int | None, bool]:
    """That of the last layer that makes units itself, if those behind it leave them where they are."""
    for layer in reversed(list(chain)):
        place, own = _place(layer)
        if own:
            return place, True
        if _carry(layer) is not _aligned:
            break
    return None, False


def _place_by_name(module: nn.Module) -> int | None:
    """Before as many dimensions as the name of PyTorch's own class says: `nn.MaxPool2d` has pictures [..., C, H, W]."""
    name = next(kind.__name__ for kind in type(module).__mro__ if kind.__module__.startswith("torch."))
    number = re.search(r"([123])d$", name)
    return -1 - int(number[1]) if number else None


def _carry(module: nn.Module) -> Carry:
    if isinstance(module, nn.Flatten):
        return partial(_flattened, module.start_dim, module.end_dim)
    if isinstance(module, nn.Unflatten):
        return partial(_unflattened, module.dim, len(module.unflattened_size))
    makes_own = next(module.parameters(), None) is not None or next(module.children(), None) is not None
    return _guessed if makes_own or not type(module).__module__.startswith("torch.nn.") else _aligned


def _aligned(place: int, given: Tensor, output: Tensor) -> int | None:
    """Activations, dropout and pooling leave the dimensions in their order."""
    return place if output.dim() == given.dim() else None


def _guessed(place: int, given: Tensor, output: Tensor) -> int | None:
    """An unknown layer has its units where its input has them if there are as many, or if all other sizes are equal."""
    before, after = sizes(given), sizes(output)
    if not before or len(before) != len(after):
        return None
    same = [one == other for one, other in zip(before, after, strict=True)]
    return place if place < len(same) and (same[place] or sum(same) == len(same) - 1) else None


def _flattened(start: int, end: int, place: int, given: Tensor, output: Tensor) -> int | None:
    start, end = start % given.dim(), end % given.dim()
    if place < start:
        return place
    if place > end:
        return place - (end - start)
    alone = start > 0 or output.shape[start] == given.shape[place]
    return start if alone else NOWHERE  # samples and units in one dimension


def _unflattened(dim: int | str, parts: int, place: int, given: Tensor, output: Tensor) -> int | None:
    if isinstance(dim, str):
        return None
    dim %= given.dim()
    if place == dim:
        found = (index for index in range(dim, dim + parts) if output.shape[index] == given.shape[dim])
        return next(found, NOWHERE)  # all other parts have size 1
    return place if place < dim else place + parts - 1

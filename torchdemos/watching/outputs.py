"""What a look keeps of one tensor, on its device; and of several that are parts of one batch."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from torchdemos import stats
from torchdemos.stats import kernels
from torchdemos.stats.kernels import Numbers

UNITS_LAST = (nn.Linear, nn.LayerNorm, nn.Embedding, nn.RNNBase, nn.MultiheadAttention)


class Seen(NamedTuple):
    """What is kept of one output; `numbers` are those of `stats.exact.measure`."""

    numbers: Numbers
    elements: int
    samples: int
    histogram: stats.Histogram | None
    first: Tensor | None

    @property
    def summary(self) -> Tensor:
        return torch.as_tensor(self.numbers)[: len(stats.SUMMARY)]

    @property
    def units(self) -> int:
        return (len(self.numbers) - len(stats.MEASURED)) // 2

    @property
    def moments(self) -> Tensor:
        return torch.as_tensor(self.numbers)[len(stats.MEASURED) :].view(2, -1)


def see(histogram: bool, first: bool, channels: bool | None = None) -> Callable[[Tensor], Seen | None]:
    """A `keep` for outputs: statistics always, the histogram and the first sample on request; see `channels`.

    None for what is not an activation: integers (indices, lengths), tensors without elements, and
    kinds of tensor that no statistic is defined for.
    """

    def keep(output: Tensor) -> Seen | None:
        try:
            if kernels.fits(output):
                return _see(output, histogram, first, channels)
            if not (output.is_floating_point() or output.is_complex() or output.is_quantized):
                return None
            x = stats.plain(output)
            return _see(x, histogram, first, channels) if x.numel() else None
        except Exception:  # a hook must not end a training over a tensor that cannot be added up
            return None

    return keep


def see_input(given: Tensor) -> Tensor | None:
    """A `keep` for inputs: the first sample [1, ...]; None for what is not made of neurons (indices, say), and for
    a sharded tensor, which only all ranks together could gather."""
    try:
        neurons = given.is_floating_point() and given.dim() > 1 and not hasattr(given, "full_tensor")
        return stats.plain(given[:1]).clone() if neurons else None
    except Exception:
        return None


def see_gradient(gradient: Tensor) -> Numbers | None:
    """A `keep` for gradients: norm and largest magnitude; None for a tensor that has none."""
    try:
        return kernels.size(gradient)
    except Exception:
        return None


def whole(parts: Sequence[Seen]) -> Seen:
    """All parts of a batch as one: exactly what `see` says of their concatenation.

    Histogram and first sample are the first part's. Parts with other units than the first one's
    (the network was changed in between) count in the summary only.
    """
    if len(parts) == 1:
        return parts[0]
    first, elements = parts[0], [part.elements for part in parts]
    summary = stats.pooled_summary([part.summary for part in parts], elements)
    return first._replace(
        numbers=stats.measured(summary, _pooled([part.moments for part in parts], elements)),
        elements=sum(elements),
        samples=sum(part.samples for part in parts),
    )


def whole_gradient(parts: Sequence[Numbers]) -> Numbers:
    """Norm and largest magnitude of gradients that are parts of one."""
    if len(parts) == 1:
        return parts[0]
    norms, largest = kernels.stack(parts).unbind(1)
    return torch.stack([stats.norm(norms), largest.amax()])


def channels(layers: Mapping[str, nn.Module]) -> dict[str, bool | None]:
    """Whether the units of each layer are channels [N, C, ...] rather than features [N, ..., F].

    Channels behind a convolution and features behind a dense layer; activations, dropout and pooling have what the
    layer before has. None before the first that tells: a picture [N, C, H, W] is then taken to have channels and a
    sequence [N, T, F] features.
    """
    kind, found = None, dict[str, bool | None]()
    for name, module in layers.items():
        if type(module).__name__[-2:] in ("1d", "2d", "3d"):
            kind = True
        elif isinstance(module, UNITS_LAST):
            kind = False
        found[name] = kind
    return found


def _see(x: Tensor, histogram: bool, first: bool, channels: bool | None) -> Seen:
    dimensions = x.dim()
    in_front = dimensions > 3 if channels is None else channels
    return Seen(
        kernels.measure(x, 1 if in_front or dimensions < 3 else -1),
        x.numel(),
        x.shape[0] if dimensions else 1,
        stats.histogram(x) if histogram else None,
        stats.plain(x[0]).clone() if first and dimensions > 1 else None,
    )


def _pooled(moments: Sequence[Tensor], elements: Sequence[int]) -> Tensor:
    """Means over all samples, from the means over those of each part."""
    first = moments[0]
    alike = [(m, n) for m, n in zip(moments, elements, strict=True) if m.shape == first.shape]
    return sum((m * n for m, n in alike), torch.zeros_like(first)) / sum(n for _, n in alike)

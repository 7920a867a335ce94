"""The statistics of one layer's output and of its gradient, on their device; and pooled over the parts of a batch."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from torchdemos import stats
from torchdemos.stats import kernels
from torchdemos.stats.vectors import Float64Vector, stack

UNITS_LAST = (nn.Linear, nn.LayerNorm, nn.Embedding, nn.RNNBase, nn.MultiheadAttention)


class OutputStatistics(NamedTuple):
    """What is kept of one output. `numbers` are `stats.OUTPUT_STATISTICS` and the moments of every unit,
    float64 [6 + 2 units]; `first` is the first sample of the batch, where it was asked for."""

    numbers: Float64Vector
    elements: int
    samples: int
    histogram: stats.Histogram | None
    first: Tensor | None

    @property
    def summary(self) -> Tensor:
        """The statistics named in `stats.SUMMARY`."""
        return torch.as_tensor(self.numbers)[: len(stats.SUMMARY)]

    @property
    def units(self) -> int:
        return (len(self.numbers) - len(stats.OUTPUT_STATISTICS)) // 2

    @property
    def moments(self) -> Tensor:
        """Mean and mean square of each unit over the samples [2, units]."""
        return torch.as_tensor(self.numbers)[len(stats.OUTPUT_STATISTICS) :].view(2, -1)


Failed = Callable[[Exception], None]


def ignore(error: Exception) -> None:
    """A `Failed` that tells nobody."""


def keep_output(
    histogram: bool, first: bool, channels: bool | None = None, failed: Failed = ignore
) -> Callable[[Tensor], OutputStatistics | None]:
    """Make a `keep` for the outputs of one layer: always the statistics, on request histogram and first sample.

    `channels` says whether the layer's units are channels, see `units_are_channels`. The `keep` gives None for
    what is not an activation: integers (indices, lengths) and empty tensors. It gives None too for what cannot be
    measured (a kind of tensor without such operations, no memory left) and hands the error to `failed`.
    """

    def keep(output: Tensor) -> OutputStatistics | None:
        try:
            if kernels.supports(output):
                return _statistics(output, histogram, first, channels)
            if not (output.is_floating_point() or output.is_complex() or output.is_quantized):
                return None
            x = stats.as_float64(output)
            return _statistics(x, histogram, first, channels) if x.numel() else None
        except Exception as error:  # a tensor that cannot be summed must not end the training
            failed(error)
            return None

    return keep


def keep_input(given: Tensor) -> Tensor | None:
    """Keep the first sample of a layer's input [1, ...].

    None for what is not made of neurons (indices, say), and for a sharded tensor, which only all ranks together could
    gather.
    """
    try:
        neurons = given.is_floating_point() and given.dim() > 1 and not hasattr(given, "full_tensor")
        return stats.as_float64(given[:1]).clone() if neurons else None
    except Exception:
        return None


def keep_gradient(gradient: Tensor) -> Float64Vector | None:
    """Keep norm and largest magnitude of an output's gradient [2]; None for a kind of tensor that has none."""
    try:
        return kernels.norm_and_abs_max(gradient)
    except Exception:
        return None


def pool_outputs(parts: Sequence[OutputStatistics]) -> OutputStatistics:
    """The statistics of the parts of a batch together: exactly those of their concatenation.

    Histogram and first sample are the first part's. A part whose number of units differs from the first part's (the
    network was changed in between) counts in the summary only.
    """
    if len(parts) == 1:
        return parts[0]
    elements = [part.elements for part in parts]
    summary = stats.pooled_summary([part.summary for part in parts], elements)
    return parts[0]._replace(
        numbers=stats.joined_statistics(summary, _pooled_moments([part.moments for part in parts], elements)),
        elements=sum(elements),
        samples=sum(part.samples for part in parts),
    )


def pool_gradients(parts: Sequence[Float64Vector]) -> Float64Vector:
    """Norm and largest magnitude [2] of the gradients of the parts of a batch together."""
    if len(parts) == 1:
        return parts[0]
    norms, largest = stack(parts).unbind(1)
    return torch.stack([stats.norm(norms), largest.amax()])


def units_are_channels(layers: Mapping[str, nn.Module]) -> dict[str, bool | None]:
    """Whether the units of each layer are channels [N, C, ...] rather than features [N, ..., F].

    They are channels after a convolution and features after a dense layer; activations, dropout and pooling have what
    the layer before them has. It is None before the first layer that tells: then a picture [N, C, H, W] is taken to
    have channels and a sequence [N, T, F] features.
    """
    channels, found = None, dict[str, bool | None]()
    for name, module in layers.items():
        if type(module).__name__[-2:] in ("1d", "2d", "3d"):
            channels = True
        elif isinstance(module, UNITS_LAST):
            channels = False
        found[name] = channels
    return found


def _statistics(x: Tensor, histogram: bool, first: bool, channels: bool | None) -> OutputStatistics:
    dimensions = x.dim()
    channels_first = dimensions > 3 if channels is None else channels
    return OutputStatistics(
        kernels.output_statistics(x, 1 if channels_first or dimensions < 3 else -1),
        x.numel(),
        x.shape[0] if dimensions else 1,
        stats.histogram(x) if histogram else None,
        stats.as_float64(x[0]).clone() if first and dimensions > 1 else None,
    )


def _pooled_moments(moments: Sequence[Tensor], elements: Sequence[int]) -> Tensor:
    """The means over all samples, from the means over those of each part."""
    first = moments[0]
    alike = [(m, n) for m, n in zip(moments, elements, strict=True) if m.shape == first.shape]
    return sum((m * n for m, n in alike), torch.zeros_like(first)) / sum(n for _, n in alike)

"""What a look keeps of one tensor, on its device; and of several that are parts of one batch."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from torchdemos import stats


class Seen(NamedTuple):
    """What is kept of one output; `last` are the moments with the last of three or more dimensions as units."""

    summary: Tensor
    moments: Tensor
    last: Tensor | None
    dimensions: int
    elements: int
    samples: int
    histogram: stats.Histogram | None
    first: Tensor | None


def see(histogram: bool, first: bool) -> Callable[[Tensor], Seen | None]:
    """A `keep` for outputs: statistics always, the histogram and the first sample on request.

    None for what is not an activation: integers (indices, lengths), tensors without elements, and
    kinds of tensor that no statistic is defined for.
    """

    def keep(output: Tensor) -> Seen | None:
        try:
            if not (output.is_floating_point() or output.is_complex() or output.is_quantized):
                return None
            x = stats.plain(output)
            return _see(x, histogram, first) if x.numel() else None
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


def see_gradient(gradient: Tensor) -> Tensor | None:
    """A `keep` for gradients: norm and largest magnitude; None for a tensor that has none."""
    try:
        x = stats.plain(gradient)
        return torch.stack([stats.norm(x), stats.abs_max(x)])
    except Exception:
        return None


def whole(parts: Sequence[Seen]) -> Seen:
    """All parts of a batch as one: exactly what `see` says of their concatenation.

    Histogram and first sample are the first part's. Parts with other units than the first one's
    (the network was changed in between) count in the summary only.
    """
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    return first._replace(
        summary=stats.pooled_summary([part.summary for part in parts], [part.elements for part in parts]),
        moments=_pooled([part.moments for part in parts], [part.elements for part in parts]),
        last=_pooled([part.last for part in parts], [part.elements for part in parts]),
        elements=sum(part.elements for part in parts),
        samples=sum(part.samples for part in parts),
    )


def whole_gradient(parts: Sequence[Tensor]) -> Tensor:
    """Norm and largest magnitude of gradients that are parts of one."""
    if len(parts) == 1:
        return parts[0]
    norms, largest = torch.stack(list(parts)).unbind(1)
    return torch.stack([stats.norm(norms), largest.amax()])


def _see(x: Tensor, histogram: bool, first: bool) -> Seen:
    return Seen(
        stats.summary(x),
        stats.unit_moments(x, units=1),
        stats.unit_moments(x, units=-1) if x.dim() > 2 else None,
        x.dim(),
        x.numel(),
        len(x) if x.dim() else 1,
        stats.histogram(x) if histogram else None,
        x[0].clone() if first and x.dim() > 1 else None,
    )


def _pooled(moments: Sequence[Tensor | None], elements: Sequence[int]) -> Any:
    """Means over all samples, from the means over those of each part; None if the first part has none."""
    if (first := moments[0]) is None:
        return None
    alike = [(m, n) for m, n in zip(moments, elements, strict=True) if m is not None and m.shape == first.shape]
    return sum((m * n for m, n in alike), torch.zeros_like(first)) / sum(n for _, n in alike)

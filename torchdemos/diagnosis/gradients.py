"""Gradients that vanish or explode on their way back."""

import math
from collections.abc import Iterable, Mapping
from statistics import fmean, median
from typing import SupportsFloat

from torchdemos.diagnosis.finding import Finding, Numbers, others

SPREAD_WARNING, SPREAD_ERROR = 1e2, 1e3  # gradient norm at one end of the net / at the other
LEARNING = 0.2  # share of the loss that is gone once a net learns; its output bias alone can take 12 %
SPREAD_SOURCE = (
    "AUTOTRAINER (Zhang et al., ICSE 2021) calls a ratio of 1e-3 vanishing; torchdemos fits it over all layers and is "
    "silent once a fifth of the loss is gone (an epoch of MNIST: 30 stalled Xavier layers lose 0.1 %, 22 slow 38 %)"
)
ZERO_SOURCE = "the chain rule: once a factor is 0, the gradient stays 0"


def gradient_zero(norms: Numbers) -> Finding | None:
    """A gradient of exactly 0, by underflow or because it was cut: named is the layer nearest to the loss.

    Reported however well the loss falls, since the layers above can learn on alone.
    """
    sick = [layer for layer, norm in norms.items() if float(norm) == 0][::-1]
    if not sick:
        return None
    message = (
        f"The gradient of {sick[0]!r} is exactly 0, so nothing reaches it{others(sick)}; look for dead or saturated "
        "units behind it, underflow in half precision (scale the loss), detach(), or a loss already at its minimum."
    )
    return Finding("vanishing gradient", "error", sick[0], message, ZERO_SOURCE)


def gradient_slope(norms: Numbers, losses: Iterable[SupportsFloat] = ()) -> Finding | None:
    """The gradient norm shrinks or grows exponentially on its way back to the input.

    `norms` maps each layer, in call order, to ||dL/dz||. The least-squares slope of its logarithm against the layer's
    index, times the steps between first and last layer, is held against ln 100 (warning) and ln 1000 (error). Norms
    that are 0 or not finite are left out; fewer than 3 others are no line. Silent once a fifth of the loss is gone.
    """
    points = {i: math.log(norm) for i, norm in enumerate(map(float, norms.values())) if 0 < norm < math.inf}
    if len(points) < 3 or _learning(losses):
        return None
    slope = _least_squares_slope(points)
    spread = abs(slope) * (len(norms) - 1)
    if spread <= math.log(SPREAD_WARNING):
        return None
    level, limit = ("error", SPREAD_ERROR) if spread > math.log(SPREAD_ERROR) else ("warning", SPREAD_WARNING)
    kind, verb, start = ("vanishing", "shrinks", "He") if slope > 0 else ("exploding", "grows", "a smaller")
    layer = list(norms)[min(points)]
    message = (
        f"On its way back to {layer!r} the gradient norm {verb} by a factor of {_exp(abs(slope))} per layer, "
        f"{_exp(spread)} over {len(norms)} layers ({level} above {limit:g}); try {start} initialization, normalization "
        "or skip connections."
    )
    return Finding(f"{kind} gradient", level, layer, message, SPREAD_SOURCE)


def _learning(losses: Iterable[SupportsFloat]) -> bool:
    """A fifth of the loss is gone: medians of the first and last entries, at most 5 each, so that no batch decides."""
    history = [float(loss) for loss in losses]
    if len(history) < 2 or not all(map(math.isfinite, history)):
        return False
    few = min(5, -(-len(history) // 4))
    start, end = median(history[:few]), median(history[-few:])
    return end < start and start - end >= LEARNING * abs(start)


def _least_squares_slope(points: Mapping[int, float]) -> float:
    x, y = fmean(points), fmean(points.values())
    return sum((i - x) * (value - y) for i, value in points.items()) / sum((i - x) ** 2 for i in points)


def _exp(power: float) -> str:
    return f"{math.exp(power):.3g}" if power < 700 else f"1e{power / math.log(10):.0f}"  # exp overflows at 709.8

"""Gradients that vanish or explode on their way back to the input."""

import math
from collections.abc import Iterable, Mapping
from statistics import fmean, median
from typing import SupportsFloat

from torchdemos.diagnosis.finding import ByLayer, Finding, others

SPREAD_WARNING, SPREAD_ERROR = 1e2, 1e3  # ratio of the gradient norms at the two ends of the network
MIN_LOSS_DROP = 0.2  # share of its first loss that a learning network has lost; its output bias alone can lose 12 %
SPREAD_SOURCE = (
    "AUTOTRAINER (Zhang et al., ICSE 2021) calls a ratio of 1e-3 vanishing; torchdemos fits it over all layers and is "
    "silent once a fifth of the loss is gone (an epoch of MNIST: 30 stalled Xavier layers lose 0.1 %, 22 slow 38 %)"
)
ZERO_SOURCE = "the chain rule: once a factor is 0, the gradient stays 0"


def gradient_zero(norms: ByLayer) -> Finding | None:
    """A gradient is exactly 0, because of underflow or a cut; the finding names the layer nearest to the loss.

    The rule fires even while the loss falls, because the layers after the cut can still learn.
    """
    zero = [layer for layer, norm in norms.items() if float(norm) == 0][::-1]
    if not zero:
        return None
    message = (
        f"The gradient of {zero[0]!r} is exactly 0, so nothing reaches it{others(zero)}; look for dead or saturated "
        "units behind it, underflow in half precision (scale the loss), detach(), or a loss already at its minimum."
    )
    return Finding("vanishing gradient", "error", zero[0], message, ZERO_SOURCE)


def gradient_slope(norms: ByLayer, losses: Iterable[SupportsFloat] = ()) -> Finding | None:
    """The gradient norm shrinks or grows exponentially on its way back to the input.

    `norms` maps each layer, in call order, to ||dL/dz||. The rule takes the least-squares slope of its logarithm by the
    layer's index, multiplies it by the number of layers minus 1, and compares the product with ln 100 (warning) and
    ln 1000 (error). Norms that are 0 or not finite are left out; with fewer than 3 norms left the rule is silent. It is
    also silent once a fifth of the loss is gone.
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
    """Whether a fifth of the loss is gone. Medians of at most 5 entries keep a single batch from deciding."""
    history = [float(loss) for loss in losses]
    if len(history) < 2 or not all(map(math.isfinite, history)):
        return False
    length = min(5, -(-len(history) // 4))
    start, end = median(history[:length]), median(history[-length:])
    return end < start and start - end >= MIN_LOSS_DROP * abs(start)


def _least_squares_slope(points: Mapping[int, float]) -> float:
    x, y = fmean(points), fmean(points.values())
    return sum((i - x) * (value - y) for i, value in points.items()) / sum((i - x) ** 2 for i in points)


def _exp(power: float) -> str:
    return f"{math.exp(power):.3g}" if power < 700 else f"1e{power / math.log(10):.0f}"  # exp overflows at 709.8

"""Numbers along an axis: where the ticks go and what they say."""

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10

import torch
from torch import Tensor

Numbers = Sequence[float] | Tensor


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return at most `most` + 1 round numbers between low and high: steps of 1, 2 or 5 times a power of ten."""
    if not low < high:
        return [low]
    step = nice((high - low) / most)
    return [k * step for k in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return ticks for an axis of log10(x), given and returned as log10: whole powers where the range has two."""
    step = max(nice((high - low) / most), 1)
    powers = [k * step for k in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]
    if len(powers) > 1:
        return powers
    return [log10(tick) for tick in ticks(10**low, 10**high, most) if tick > 0]


def nice(step: float) -> float:
    """Round a step up to 1, 2 or 5 times a power of ten."""
    power = 10.0 ** floor(log10(step))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= step * (1 - 1e-9))


def every(count: int, most: int) -> range:
    """Return about evenly spaced positions 0, k, 2k ... below `count`, at most `most` of them, k a round number."""
    return range(0, count, round(nice(max(ceil(count / max(most, 1)), 1))))


def spelled(value: float) -> str:
    """Write a number briefly: 0.001 and 1000 as they are, 1e-05 and 2e+06 as 1e-5 and 2e6."""
    text = f"{value:.3g}" if abs(value) < 1000 or abs(value) >= 1e5 or not isfinite(value) else f"{value:.0f}"
    return text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def numbers(values: Numbers) -> Tensor:
    """Return a sequence of numbers as a float64 vector on the CPU."""
    return torch.as_tensor(values).detach().cpu().double().reshape(-1)


def limits(values: Tensor, margin: float = 0.06) -> tuple[float, float]:
    """Return limits that hold all finite values with a little air around them."""
    values = values[values.isfinite()]
    if len(values) == 0:
        return 0.0, 1.0
    low, high = values.min().item(), values.max().item()
    air = margin * (high - low) or abs(high) * margin or 1.0
    return low - air, high + air

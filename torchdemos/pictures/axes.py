"""Numbers along an axis: its limits, where the ticks go and what they say."""

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10
from typing import NamedTuple

import torch
from torch import Tensor

Numbers = Sequence[float] | Tensor


class Axis(NamedTuple):
    """The numbers at the two ends of an axis; of a logarithmic one, their log10."""

    low: float
    high: float
    log: bool = False


def axis(values: Tensor, given: tuple[float, float] | None = None, log: bool = False) -> Axis:
    """Return an axis with given limits, or with room for all finite values and some air.

    Raises ValueError unless the given limits are finite with low < high, and positive on a logarithmic axis.
    """
    if given is not None:
        low, high = (_log10(number) if log else float(number) for number in given)
        if not (isfinite(low) and isfinite(high) and low < high):
            raise ValueError(f"limits must be (low, high), finite{' and positive' * log}, low < high; got {given}")
        return Axis(low, high, log)
    values = values.log10() if log else values
    values = values[values.isfinite()]
    if len(values) == 0:
        return Axis(0.0, 1.0, log)
    low, high = values.min().item(), values.max().item()
    air = 0.06 * (high - low) or 0.06 * abs(high) or 1.0
    return Axis(low - air, high + air, log)


def place(values: Tensor, axis: Axis) -> Tensor:
    """Return where numbers lie on an axis: 0 at its low end, 1 at its high end, NaN for what has no place."""
    values = values.log10() if axis.log else values
    values = values.where(values.isfinite(), torch.nan)
    return ((values - axis.low) / (axis.high - axis.low)).clamp(-9, 9)  # Pillow draws far outside in vain, slowly


def tick_labels(axis: Axis, most: int) -> list[tuple[float, str]]:
    """Return the place, 0 to 1, and the text of each tick: round numbers, about `most` of them."""
    marks = _log_ticks(axis, most) if axis.log else _ticks(axis.low, axis.high, most)
    span = axis.high - axis.low
    return [((mark - axis.low) / span, spelled(10**mark if axis.log else mark)) for mark in marks]


def every(count: int, most: int) -> range:
    """Return evenly spaced positions 0, k, 2k ... below `count`, at most `most` of them; a large k is round."""
    step = ceil(count / max(most, 1))
    return range(0, count, round(_nice(step)) if step > 4 else step)


def spelled(value: float) -> str:
    """Write a number briefly: 0.25, 12000, 1e-05 as 1e-5, 2e+06 as 2e6."""
    text = f"{value:.0f}" if 1000 <= abs(value) < 1e5 else f"{value:.3g}"
    return text.replace("e+", "e").replace("e0", "e").replace("e-0", "e-")


def numbers(values: Numbers) -> Tensor:
    """Return a sequence of numbers as a float64 vector on the CPU."""
    return torch.as_tensor(values, dtype=torch.float64, device="cpu").detach().reshape(-1)


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Return round numbers in even steps, as many as `most` allows."""
    step = _nice((high - low) / (most + 1))
    ticks = _multiples(step, low, high)
    return ticks if len(ticks) <= most else _multiples(_nice(1.5 * step), low, high)


def _multiples(step: float, low: float, high: float) -> list[float]:
    return [k * step for k in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def _log_ticks(axis: Axis, most: int) -> list[float]:
    """Return powers of ten where there are three; else 1, 2 and 5, or 1 and 3, times each; else round numbers."""
    step = max(_nice((axis.high - axis.low) / most), 1)
    powers = [float(k * step) for k in range(ceil(axis.low / step), floor(axis.high / step) + 1)]
    if len(powers) > 2:
        return powers
    for factors in ((1, 2, 5), (1, 3)):
        between = [k + log10(factor) for k in range(floor(axis.low), ceil(axis.high)) for factor in factors]
        between = [mark for mark in between if axis.low <= mark <= axis.high]
        if 2 < len(between) <= most:
            return between
    if len(powers) > 1:
        return powers
    return [log10(tick) for tick in _ticks(10**axis.low, 10**axis.high, most) if tick > 0]


def _nice(step: float) -> float:
    """Round a step up to 1, 2 or 5 times a power of ten."""
    power = 10.0 ** floor(log10(step))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= step * (1 - 1e-9))


def _log10(number: float) -> float:
    return log10(number) if number > 0 else -torch.inf

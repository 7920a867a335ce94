"""The axis of a chart: its limits, where its ticks go and what they say."""

from collections.abc import Sequence
from math import ceil, floor, isfinite, log10
from typing import NamedTuple

import torch
from torch import Tensor

Coordinates = Sequence[float] | Tensor  # of the points of a curve, along one axis


class Axis(NamedTuple):
    """The numbers at the two ends of an axis; a logarithmic axis has their log10."""

    low: float
    high: float
    log: bool = False


def axis(values: Tensor, given: tuple[float, float] | None = None, log: bool = False) -> Axis:
    """Return an axis with the given limits, or one that holds all finite values and a margin.

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
    margin = 0.06 * (high - low) or 0.06 * abs(high) or 1.0
    return Axis(low - margin, high + margin, log)


def position(values: Tensor, axis: Axis) -> Tensor:
    """Return where numbers lie on an axis: 0 at its low end, 1 at its high end, NaN for a number without a place."""
    values = values.log10() if axis.log else values
    values = values.where(values.isfinite(), torch.nan)
    return ((values - axis.low) / (axis.high - axis.low)).clamp(-9, 9)  # Pillow is slow at drawing far outside


def tick_labels(axis: Axis, max_ticks: int) -> list[tuple[float, str]]:
    """Return the position, 0 to 1, and the text of each tick: round numbers, about `max_ticks` of them."""
    marks = _log_ticks(axis, max_ticks) if axis.log else _ticks(axis.low, axis.high, max_ticks)
    span = axis.high - axis.low
    return [((mark - axis.low) / span, short_number(10**mark if axis.log else mark)) for mark in marks]


def evenly_spaced(count: int, limit: int) -> range:
    """Return the indices 0, k, 2k ... below `count`, at most `limit` of them; a k above 4 is a round number."""
    step = ceil(count / max(limit, 1))
    return range(0, count, round(_round_up(step)) if step > 4 else step)


def short_number(value: float) -> str:
    """Write a number briefly: 0.25, 12000, 1e-5 (not 1e-05), 2e6 (not 2e+06)."""
    text = f"{value:.0f}" if 1000 <= abs(value) < 1e5 else f"{value:.3g}"
    return text.replace("e+", "e").replace("e0", "e").replace("e-0", "e-")


def as_vector(values: Coordinates) -> Tensor:
    """Return coordinates as a float64 vector on the CPU."""
    return torch.as_tensor(values, dtype=torch.float64, device="cpu").detach().reshape(-1)


def _ticks(low: float, high: float, max_ticks: int) -> list[float]:
    """Return round numbers in even steps, as many as `max_ticks` allows."""
    step = _round_up((high - low) / (max_ticks + 1))
    ticks = _multiples(step, low, high)
    return ticks if len(ticks) <= max_ticks else _multiples(_round_up(1.5 * step), low, high)


def _multiples(step: float, low: float, high: float) -> list[float]:
    return [k * step for k in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def _log_ticks(axis: Axis, max_ticks: int) -> list[float]:
    """Return the log10 of the ticks of a logarithmic axis.

    The ticks are the first of these that makes three or more, but not too many: powers of ten; 1, 2 and 5 times each
    power; 1 and 3 times each. If none does, they are two powers of ten, or round numbers in even steps.
    """
    step = max(_round_up((axis.high - axis.low) / max_ticks), 1)
    powers = [float(k * step) for k in range(ceil(axis.low / step), floor(axis.high / step) + 1)]
    if len(powers) > 2:
        return powers
    for factors in ((1, 2, 5), (1, 3)):
        between = [k + log10(factor) for k in range(floor(axis.low), ceil(axis.high)) for factor in factors]
        between = [mark for mark in between if axis.low <= mark <= axis.high]
        if 2 < len(between) <= max_ticks:
            return between
    if len(powers) > 1:
        return powers
    return [log10(tick) for tick in _ticks(10**axis.low, 10**axis.high, max_ticks) if tick > 0]


def _round_up(step: float) -> float:
    """Round a step up to 1, 2 or 5 times a power of ten."""
    power = 10.0 ** floor(log10(step))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= step * (1 - 1e-9))


def _log10(number: float) -> float:
    return log10(number) if number > 0 else -torch.inf

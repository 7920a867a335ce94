"""Colour keys: a bar of the colours between the numbers at its two ends."""

from collections.abc import Callable
from math import ceil

from torch import Tensor

from .axes import short_number
from .colour import ramp, sequential, signed
from .text import FAINT, length, written
from .tiles import beside, frame


def signed_key(scale: float, width: int, beyond: bool = False) -> Tensor:
    """Draw the key of `signed` colours from -scale to +scale; `beyond` marks ends that stand for larger numbers too."""
    rounded = float(f"{scale:.2g}")
    ends = _end(0.0 - rounded, "<" * beyond), _end(rounded, ">" * beyond)
    return between(*ends, lambda size: signed(ramp(-scale, scale, size), scale), width)


def sequential_key(low: float, high: float, width: int, below: bool = False, above: bool = False) -> Tensor:
    """Draw the key of `sequential` colours; "<" and ">" mark an end that also stands for numbers below or above it."""
    ends = _end(low, "<" * below), _end(high, ">" * above)
    return between(*ends, lambda size: sequential(ramp(low, high, size), low, high), width)


def between(first: str, last: str, colours: Callable[[int], Tensor], width: int) -> Tensor:
    """Put a framed strip of colours between two words, as long as `width` allows."""
    left, right = (written(text, ceil(length(text)) + 1, ink=FAINT) for text in (first, last))
    size = max(width - left.shape[2] - right.shape[2] - 2 * 4 - 2, 1)
    return beside([left, frame(colours(size)), right], gap=4)


def _end(number: float, mark: str) -> str:
    return mark + short_number(number)

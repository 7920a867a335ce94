"""What colours stand for: a bar between the numbers at its two ends."""

from collections.abc import Callable
from math import ceil

from torch import Tensor

from .axes import spelled
from .colour import ramp, sequential, signed
from .text import FAINT, length, written
from .tiles import beside, frame


def signed_key(scale: float, width: int, beyond: bool = False) -> Tensor:
    """Say what `signed` colours mean: -scale, the colours, +scale; `beyond` marks colours that stand for more, too."""
    rounded = float(f"{scale:.2g}")
    ends = _end(0.0 - rounded, "<" * beyond), _end(rounded, ">" * beyond)
    return between(*ends, lambda size: signed(ramp(-scale, scale, size), scale), width)


def sequential_key(low: float, high: float, width: int, below: bool = False, above: bool = False) -> Tensor:
    """Say what `sequential` colours mean: low, the colours, high; "<" and ">" where they stand for more, too."""
    ends = _end(low, "<" * below), _end(high, ">" * above)
    return between(*ends, lambda size: sequential(ramp(low, high, size), low, high), width)


def between(first: str, last: str, colours: Callable[[int], Tensor], width: int) -> Tensor:
    """Put a framed strip of colours between two words: as long as they leave it of `width`."""
    left, right = (written(text, ceil(length(text)) + 1, ink=FAINT) for text in (first, last))
    size = max(width - left.shape[2] - right.shape[2] - 2 * 4 - 2, 1)
    return beside([left, frame(colours(size)), right], gap=4)


def _end(number: float, mark: str) -> str:
    return mark + spelled(number)

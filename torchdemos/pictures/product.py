"""One neuron by hand: inputs times weights, pixel by pixel, as three panels."""

from collections.abc import Sequence

from torch import Tensor

from .colour import as_real, full_scale
from .keys import signed_key
from .neurons import square, units
from .text import written
from .tiles import beside, blank, centre, stack


def weighted_sum(
    inputs: Tensor, weights: Tensor, lines: Sequence[str] = (), width: int = 300, title: str = ""
) -> Tensor:
    """Show inputs x weights = products as three panels, with `lines` of text below: returns [3, H, width].

    Inputs and weights are both maps [H, W] or [C, H, W], or both vectors of a square number of units. Each panel has a
    scale of its own, with its colour key below. Good lines spell out the sum, the bias and the activation. Raises
    ValueError if the shapes differ, if a vector does not make a square, or if there are no units.
    """
    if inputs.shape != weights.shape:
        raise ValueError(f"inputs {list(inputs.shape)} and weights {list(weights.shape)} must have the same shape")
    inputs, weights = (as_real(x).reshape(square(len(x))) if x.ndim == 1 else as_real(x) for x in (inputs, weights))
    factors = {"inputs": inputs, "weights": weights, "products": inputs * weights}
    cell = (width - 2 * 15) // 3
    first, second, third = (_panel(name, x, cell) for name, x in factors.items())
    times, equals = (centre(written(sign, 8, size=14), first.shape[1], 15) for sign in "x=")
    head = [written(title, width, size=14)] if title else []
    equation = beside([first, times, second, equals, third])
    return stack([*head, equation, *(written(line, width) for line in lines), blank(0, width)], gap=3)


def _panel(name: str, x: Tensor, cell: int) -> Tensor:
    """Draw one panel: its name, its units in a square cell, its colour key."""
    drawing = centre(units(x, cell, cell, largest=cell), cell, cell)
    return stack([written(name, cell), drawing, signed_key(full_scale(x), cell)], gap=2)

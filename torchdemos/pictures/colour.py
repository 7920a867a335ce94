"""Numbers to colours: two colour maps, both safe for colour-blind readers, both with NaN in magenta."""

import math

import torch
from torch import Tensor

WHITE = 1.0
SHADES = 128  # more than an eye tells apart, and few enough for a PNG with one byte per pixel
GREY = 0.82  # gaps, frames, unused cells: never a colour of either map
MAGENTA = (1.0, 0.0, 1.0)

# Every kind of colour vision tells blue from orange-red; both sides darken alike.
SIGNED = ((0.10, 0.36, 0.66), (0.56, 0.76, 0.88), (1.0, 1.0, 1.0), (0.97, 0.69, 0.50), (0.76, 0.23, 0.09))

# Nine points of viridis (Smith and van der Walt, 2015, CC0): equal steps look equal, also in grey.
VIRIDIS = (
    (0.267, 0.004, 0.329), (0.278, 0.176, 0.482), (0.231, 0.322, 0.545), (0.173, 0.447, 0.557), (0.129, 0.569, 0.549),
    (0.157, 0.682, 0.502), (0.369, 0.788, 0.384), (0.678, 0.863, 0.188), (0.992, 0.906, 0.145),
)  # fmt: skip


def signed(x: Tensor, scale: float | None = None) -> Tensor:
    """Colour numbers by sign and size: blue below zero, white at zero, orange-red above zero, in 128 shades.

    Takes any shape [...] and any dtype, returns [3, ...] in 0..1 on the CPU. Full colour stands for -scale and +scale;
    the default scale is the largest finite magnitude in `x`. Numbers beyond it, infinities included, have the colour of
    the end. NaN is magenta. All zeros are all white. Raises ValueError for a scale that is negative or not finite.
    """
    x = as_real(x)
    scale = full_scale(x) if scale is None else scale
    if not 0 <= scale < math.inf:
        raise ValueError(f"scale must be a finite number, zero or more; got {scale}")
    return _blend(x / (scale or 1.0) * 0.5 + 0.5, SIGNED)


def sequential(x: Tensor, low: float, high: float) -> Tensor:
    """Colour numbers from dark violet (`low` and below) through green to yellow (`high` and above).

    Takes any shape [...], returns [3, ...] in 0..1 on the CPU. The same number has the same colour in every picture
    with the same `low` and `high`. NaN is magenta. Raises ValueError unless low <= high, both finite.
    """
    if not -math.inf < low <= high < math.inf:
        raise ValueError(f"low and high must be finite with low <= high; got low={low}, high={high}")
    return _blend((as_real(x) - low) / (high - low or 1.0), VIRIDIS)


def full_scale(x: Tensor) -> float:
    """Return the largest finite magnitude in `x`, the number that full colour stands for; 0 if there is none."""
    if x.numel() == 0:
        return 0.0
    low, high = as_real(x).nan_to_num(0.0, 0.0, 0.0).aminmax()
    return max(abs(low.item()), abs(high.item()))


def as_real(x: Tensor) -> Tensor:
    """Return `x` as a real CPU tensor of float32 or float64, outside autograd; complex numbers become magnitudes."""
    x = x.detach().cpu()
    x = x.abs() if x.is_complex() else x
    return x if x.dtype == torch.float64 else x.float()


def ramp(low: float, high: float, count: int) -> Tensor:
    """Return `count` even steps from low to high as a strip [10, count], to be coloured as a key."""
    return torch.linspace(low, high, count, dtype=torch.float32, device="cpu").expand(10, count)


def _blend(part: Tensor, anchors: tuple[tuple[float, float, float], ...]) -> Tensor:
    """Interpolate evenly spaced anchor colours at `part` in 0..1; NaN becomes magenta."""
    table, magenta = (torch.tensor(colours, dtype=torch.float32, device="cpu") for colours in (anchors, MAGENTA))
    shade = (part.nan_to_num(0.0).clamp(0, 1) * SHADES + 0.5).floor() / SHADES
    place = shade * (len(anchors) - 1)
    below = place.long().clamp(max=len(anchors) - 2)
    colours = torch.lerp(table[below], table[below + 1], (place - below).float().unsqueeze(-1))
    colours[part.isnan()] = magenta
    return colours.movedim(-1, 0)

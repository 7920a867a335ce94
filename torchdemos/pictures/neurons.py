"""The neurons of one layer as pixels: one pixel a unit, its colour the unit's value."""

from math import ceil, isqrt

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from .colour import full_scale, plain, signed
from .tiles import enlarge, frame, grid


def pixels(x: Tensor, shape: tuple[int, int] | None = None, scale: float | None = None) -> Tensor:
    """Show units as pixels, one to one, in signed colours on one shared scale: returns [3, H, W].

    - [n]: one square picture, so that 784 units are 28x28; or whatever `shape=(height, width)` says
    - [N, n]: a grid of N such pictures; but a square matrix [H, H] is one map, unless `shape` is given
    - [..., H, W]: a grid of maps; write `x[None]` to show an oblong matrix [H, W] as one map

    Raises ValueError if the units do not fill the pictures, or if there are none.
    """
    if x.numel() == 0:
        raise ValueError(f"there are no units to show in a tensor of shape {list(x.shape)}")
    x = torch.atleast_1d(x)
    is_map = x.ndim > 2 or (x.ndim == 2 and x.shape[0] == x.shape[1])
    height, width = shape or (x.shape[-2:] if is_map else _square(x.shape[-1]))
    if x.shape[-1] != height * width and x.shape[-2:] != (height, width):
        raise ValueError(f"a tensor of shape {list(x.shape)} does not fill pictures of {height}x{width}")
    return grid(signed(x.reshape(-1, height, width), scale).movedim(0, 1))


def units(x: Tensor, width: int = 300, height: int = 100, scale: float | None = None, least: int = 24) -> Tensor:
    """Show the output of any layer for one input inside a box: returns [3, <= height, <= width].

    Vectors become a block of cells, [C, H, W] a grid of C maps, anything deeper is flattened to maps first. Units are
    as large as the box allows. If not even one pixel a unit fits, maps are averaged down to `least` pixels, and then
    only the first ones are shown (`shown` says which). Colours are `signed`. Raises ValueError if there are no units.
    """
    if x.numel() == 0:
        raise ValueError(f"there are no units to show in a tensor of shape {list(x.shape)}")
    maps = fitted(x, width, height, least)
    columns, factor, gap = layout(maps, width, height)
    cells = signed(maps, full_scale(x) if scale is None else scale).movedim(0, 1)
    return frame(grid(enlarge(cells, factor), columns, gap))


def as_maps(x: Tensor) -> Tensor:
    """View any tensor as maps [C, H, W]; a vector of n units is n maps of 1x1."""
    return x.reshape(-1, 1, 1) if x.ndim < 2 else x.reshape(-1, *x.shape[-2:])


def fitted(x: Tensor, width: int, height: int, least: int = 24) -> Tensor:
    """Return maps [C, h, w] that fit a box at one pixel a unit: averaged down, then cut to the first ones, if need be."""
    maps = as_maps(x)
    count, h, w = maps.shape
    least = min(least, width - 2, height - 2)
    smallest = max(ceil(max(h, w) / least), 1)
    shrink = next((k for k in range(1, smallest) if _room(ceil(h / k), ceil(w / k), width, height) >= count), smallest)
    maps = plain(maps[: _room(ceil(h / shrink), ceil(w / shrink), width, height)])
    if shrink == 1:
        return maps
    return avg_pool2d(maps, (min(shrink, h), min(shrink, w)), stride=shrink, ceil_mode=True)


def layout(maps: Tensor, width: int, height: int, largest: int = 12) -> tuple[int, int, int]:
    """Choose the columns, the screen pixels per unit and the gap that show maps [C, h, w] largest in a box.

    Full rows count for more than a slightly larger unit: ten units are better as 2 x 5 than as 3 x 4.
    """
    count, h, w = maps.shape

    def arranged(columns: int) -> tuple[float, int, int, int]:
        rows = ceil(count / columns)
        factor, gap = _factor(rows, columns, h, w, width, height)
        filled = count / (rows * columns)
        return min(factor, largest) * filled**3, columns, min(factor, largest), gap

    return max(arranged(columns) for columns in range(1, min(count, width - 2) + 1))[1:]


def shows_well(x: Tensor, width: int, height: int) -> bool:
    """Tell whether a box has room for every unit of `x`, each two pixels wide or more."""
    maps = fitted(x, width, height)
    return maps.shape == as_maps(x).shape and layout(maps, width, height)[1] >= 2


def described(x: Tensor, shown: Tensor) -> str:
    """Say a layer's shape in words, and which part of it is shown: "8 maps 24x24", "first 40 of 64 units"."""
    count, h, w = as_maps(x).shape
    words = f"{count} {'unit' if h * w == 1 else 'map'}{'s' * (count != 1)}" + (f" {h}x{w}" if h * w > 1 else "")
    return words if len(shown) == count else f"first {len(shown)} of {words}"


def _room(h: int, w: int, width: int, height: int) -> int:
    """Return how many maps of h x w fit a framed box at one pixel a unit."""
    gap = int(max(h, w) >= 4)
    return (height - 2 + gap) // (h + gap) * ((width - 2 + gap) // (w + gap))


def _factor(rows: int, columns: int, h: int, w: int, width: int, height: int) -> tuple[int, int]:
    """Return the pixels per unit, and the gap, that fit a framed box; between tiny maps there is no gap."""

    def fit(gap: int) -> int:
        return min(((height - 2 + gap) // rows - gap) // h, ((width - 2 + gap) // columns - gap) // w)

    return (fit(1), 1) if fit(1) * max(h, w) >= 4 else (fit(0), 0)


def _square(count: int) -> tuple[int, int]:
    side = isqrt(count)
    if side * side != count:
        raise ValueError(
            f"{side * side} is {side}x{side}; {count} is not a square: pass shape=(height, width), "
            "or call units(x), which lays out any number"
        )
    return side, side

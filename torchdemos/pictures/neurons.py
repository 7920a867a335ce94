"""The neurons of one layer as pixels: one pixel per unit, coloured by the unit's value."""

from functools import cache
from math import ceil, isqrt

from torch import Tensor
from torch.nn.functional import avg_pool2d

from .colour import as_real, full_scale, signed
from .tiles import enlarge, frame, grid


def pixels(x: Tensor, shape: tuple[int, int] | None = None, scale: float | None = None) -> Tensor:
    """Show each unit as one pixel, in signed colours on one shared scale: returns [3, H, W].

    - [n] makes one square picture, so that 784 units are 28x28, or one of `shape=(height, width)`.
    - [N, n] makes a grid of N such pictures. But a square matrix [H, H] is one map, unless `shape` is given.
    - [..., H, W] makes a grid of maps. Write `x[None]` to show an oblong matrix [H, W] as one map.

    Raises ValueError if the units do not fill the pictures, or if there are none.
    """
    if x.numel() == 0:
        raise ValueError(f"there are no units to show in a tensor of shape {list(x.shape)}")
    x = x.reshape(1) if x.ndim == 0 else x
    is_map = x.ndim > 2 or (x.ndim == 2 and x.shape[0] == x.shape[1])
    height, width = shape or (x.shape[-2:] if is_map else square(x.shape[-1]))
    if x.shape[-1] != height * width and x.shape[-2:] != (height, width):
        raise ValueError(f"a tensor of shape {list(x.shape)} does not fill pictures of {height}x{width}")
    return grid(signed(x.reshape(-1, height, width), scale).movedim(0, 1))


def units(
    x: Tensor, width: int = 300, height: int = 100, scale: float | None = None, least: int = 24, largest: int = 8
) -> Tensor:
    """Show the output of any layer for one input inside a box: returns [3, <= height, <= width].

    A vector becomes a block of cells, [C, H, W] a grid of C maps, and more dimensions a grid of more maps. Units are as
    large as the box allows, up to `largest` pixels. If one pixel per unit does not fit, maps are averaged down, but not
    below `least` pixels; if that is not enough, only the first maps are shown. Colours are `signed`. Raises ValueError
    if there are no units.
    """
    if x.numel() == 0:
        raise ValueError(f"there are no units to show in a tensor of shape {list(x.shape)}")
    return units_of_each(x[None], width, height, full_scale(x) if scale is None else scale, least, largest)[0]


def units_of_each(x: Tensor, width: int, height: int, scale: float, least: int = 24, largest: int = 8) -> Tensor:
    """Draw `units` for each of N inputs [N, ...] on one scale: returns N pictures of one size, [N, 3, h, w]."""
    maps = x.reshape(len(x), *map_shape(x[0]))
    shown, shrink = fitting(*maps.shape[1:], width, height, least)
    maps = _averaged(as_real(maps[:, :shown]), shrink)
    columns, factor, gap = layout(*maps.shape[1:], width, height, largest)
    cells = signed(maps, scale).movedim(0, -3)
    return frame(grid(enlarge(cells, factor), columns, gap))


def map_shape(x: Tensor) -> tuple[int, int, int]:
    """Return how many maps, rows and columns a layer's output for one input has; n units are n maps of 1x1."""
    h, w = x.shape[-2:] if x.ndim > 1 else (1, 1)
    return x.numel() // max(h * w, 1), h, w


def described(x: Tensor, shown: int) -> str:
    """Describe a layer's shape and which part of it is shown: "8 maps 24x24", "first 40 of 64 units"."""
    count, h, w = map_shape(x)
    words = f"{count} {'unit' if h * w == 1 else 'map'}{'s' * (count != 1)}" + (f" {h}x{w}" if h * w > 1 else "")
    return words if shown == count else f"first {shown} of {words}"


@cache
def fitting(count: int, h: int, w: int, width: int, height: int, least: int = 24) -> tuple[int, int]:
    """Return how many maps of h x w fit in a box, and by which factor to average them down; 1 means not at all."""
    least = min(least, width - 2, height - 2)
    most = max(ceil(max(h, w) / least), 1)

    def room(shrink: int) -> int:
        return _room(ceil(h / shrink), ceil(w / shrink), width, height)

    shrink = next((k for k in range(1, most) if room(k) >= count), most)
    return min(count, room(shrink)), shrink


@cache
def layout(count: int, h: int, w: int, width: int, height: int, largest: int = 8) -> tuple[int, int, int]:
    """Return the columns, the pixels per unit and the gap that show maps of h x w as large as a box allows.

    Full rows matter more than slightly larger units: ten units look better as 2 x 5 than as 3 x 4.
    """

    def arranged(columns: int) -> tuple[float, int, int, int]:
        rows = ceil(count / columns)
        factor, gap = _factor(rows, columns, h, w, width, height, largest)
        filled = count / (rows * columns)
        return factor * filled**3, columns, factor, gap

    return max(arranged(columns) for columns in range(1, min(count, width - 2) + 1))[1:]


def height_of(count: int, h: int, w: int, width: int, height: int) -> int:
    """Return how tall `units` will be, before drawing them."""
    shown, shrink = fitting(count, h, w, width, height)
    h, w = ceil(h / shrink), ceil(w / shrink)
    columns, factor, gap = layout(shown, h, w, width, height)
    return ceil(shown / columns) * (h * factor + gap) - gap + 2


def _averaged(maps: Tensor, shrink: int) -> Tensor:
    if shrink == 1:
        return maps
    window = (min(shrink, maps.shape[-2]), min(shrink, maps.shape[-1]))
    return avg_pool2d(maps, window, stride=shrink, ceil_mode=True)


def _room(h: int, w: int, width: int, height: int) -> int:
    """Return how many maps of h x w fit in a framed box at one pixel per unit."""
    gap = _gap(max(h, w))
    return (height - 2 + gap) // (h + gap) * ((width - 2 + gap) // (w + gap))


def _factor(rows: int, columns: int, h: int, w: int, width: int, height: int, largest: int) -> tuple[int, int]:
    """Return the pixels per unit and the gap with which maps fit in a framed box."""
    for gap in (2, 1, 0):
        down, across = (height - 2 + gap) // rows - gap, (width - 2 + gap) // columns - gap
        factor = min(down // h, across // w, largest)
        if _gap(factor * max(h, w)) >= gap:
            break
    return factor, gap


def _gap(size: int) -> int:
    """Return the space between maps of `size` pixels: tiny maps touch, large ones stand apart."""
    return 0 if size < 4 else 1 if size <= 12 else 2


def square(count: int) -> tuple[int, int]:
    """Return the two sides of the square that `count` units make; raises ValueError if they make none."""
    side = isqrt(count)
    if side * side != count:
        raise ValueError(
            f"{side * side} is {side}x{side}; {count} is not a square: pass shape=(height, width), "
            "or call units(x), which lays out any number"
        )
    return side, side

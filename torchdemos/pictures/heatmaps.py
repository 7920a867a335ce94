"""A matrix as coloured cells: layers x steps in one picture."""

from collections.abc import Sequence
from math import ceil

import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool1d

from .axes import evenly_spaced
from .colour import as_real, sequential
from .image import from_image
from .keys import sequential_key
from .text import FAINT, INK, ascii_only, font, inside, length, shortened, written
from .tiles import frame, stack


def heatmap(
    matrix: Tensor,
    low: float | None = None,
    high: float | None = None,
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    x_ticks: Sequence[object] | None = None,
    y_ticks: Sequence[object] | None = None,
    unit: str = "",
    width: int = 300,
    height: int = 200,
) -> Tensor:
    """Draw a matrix [rows, columns] as coloured cells with axes and a colour key: returns [3, H, width].

    Row 0 is at the top and column 0 at the left: with layers as rows, the top is nearest the input. The cells of many
    rows are `height` pixels tall together; a few rows take less. Colours are `sequential` from `low` to `high`, by
    default the smallest and largest finite value; give both to compare pictures. Numbers beyond, infinities included,
    have the colour of the end, and the key marks that end with "<" or ">". NaN is magenta, and a note says so.
    `x_ticks` and `y_ticks` name every column and row (default: their indices); only as many names are written as fit.
    `unit` names what the colours measure. If there are more columns or rows than pixels, neighbours are averaged.
    Raises ValueError if the matrix is empty or the names do not match it.
    """
    matrix = as_real(matrix)
    if matrix.ndim != 2 or matrix.numel() == 0:
        raise ValueError(f"a heatmap needs a matrix [rows, columns]; got shape {list(matrix.shape)}")
    rows, columns = _names(y_ticks, matrix.shape[0], "y_ticks"), _names(x_ticks, matrix.shape[1], "x_ticks")
    finite = matrix[matrix.isfinite()]
    low = low if low is not None else finite.min().item() if len(finite) else 0.0
    high = high if high is not None else finite.max().item() if len(finite) else low
    parts = [written(title, width, size=14)] if title else []
    parts += [written(y_label, width, ink=FAINT)] if y_label else []
    parts += [_cells(matrix, low, high, rows, columns, x_label, width, height)]
    parts += [written(unit, width, ink=FAINT)] if unit else []
    below, above = bool((matrix < low).any()), bool((matrix > high).any())
    parts += [sequential_key(low, high, width, below, above)]
    parts += [written("magenta: NaN", width, ink=(176, 0, 176))] if matrix.isnan().any() else []
    return stack(parts, gap=3)


def _names(given: Sequence[object] | None, count: int, which: str) -> list[str]:
    names = [ascii_only(str(name)) for name in (range(count) if given is None else given)]
    if len(names) != count:
        raise ValueError(f"{which} must name all {count} rows or columns; got {len(names)} names")
    return names


def _cells(
    matrix: Tensor, low: float, high: float, rows: list[str], columns: list[str], x_label: str, width: int, height: int
) -> Tensor:
    """Draw the cells, with the row names at their left and the column names and the label below."""
    left = ceil(min(max(map(length, rows)), width * 0.3)) + 6
    across, down, top = width - left - 12, _height(len(rows), height), 4
    image = Image.new("RGB", (width, top + down + 20 + (15 if x_label else 0)), "white")
    draw = ImageDraw.Draw(image)
    for i in evenly_spaced(len(rows), down // 13):
        name = shortened(rows[i], left - 6)
        draw.text((left - 5, top + max((i + 0.5) * down / len(rows), 4)), name, INK, font(12), anchor="rm")
    for i in evenly_spaced(len(columns), int(across / (max(map(length, columns)) + 10))):
        middle = inside(left + (i + 0.5) * across / len(columns), columns[i], width)
        draw.text((middle, top + down + 4), columns[i], INK, font(12), anchor="ma")
    draw.text((left + across / 2, top + down + 19), ascii_only(x_label), FAINT, font(12), anchor="ma")
    picture = from_image(image)
    cells = frame(sequential(_resized(_resized(matrix, across).T, down).T, low, high))
    picture[:, top - 1 : top + down + 1, left - 1 : left + across + 1] = cells
    return picture


def _height(rows: int, most: int) -> int:
    """Return the height of all cells: a few rows are up to 28 pixels tall each, many rows share `most` pixels."""
    return min(max(most // rows, 1), 28) * rows if rows <= most else most


def _resized(x: Tensor, size: int) -> Tensor:
    """Resize the last dimension to `size`: stretch it by repeating values, or shrink it by averaging neighbours."""
    count = x.shape[-1]
    return adaptive_avg_pool1d(x, size) if count > size else x[..., torch.arange(size, device="cpu") * count // size]

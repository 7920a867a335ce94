"""A small line chart: theory as lines, measurements as dots."""

from collections.abc import Sequence
from math import ceil
from typing import Literal, NamedTuple

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from .axes import Axis, Numbers, axis, inside, numbers, place, tick_labels
from .image import from_image
from .text import FAINT, INK, font, length, shortened, written
from .tiles import beside, in_lines, stack

Style = Literal["line", "dots"]
Series = tuple[str, Numbers, Numbers, Style]

# Okabe and Ito, 2008: told apart by every kind of colour vision. Their yellow is left out: too pale on white.
PALETTE = ((0, 0, 0), (213, 94, 0), (0, 114, 178), (0, 158, 115), (230, 159, 0), (86, 180, 233), (204, 121, 167))
FINE = 3  # marks are drawn this much larger, then averaged down: Pillow's own lines are jagged


class Curve(NamedTuple):
    """One series as float64 vectors of equal length."""

    name: str
    xs: Tensor
    ys: Tensor
    style: Style


def lines(
    series: Sequence[Series],
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    x_limits: tuple[float, float] | None = None,
    y_limits: tuple[float, float] | None = None,
    log_x: bool = False,
    log_y: bool = False,
    width: int = 300,
    height: int = 160,
) -> Tensor:
    """Draw a line chart: returns [3, H, width], H being `height` for the plot and some more for the words around it.

    Each series is (name, xs, ys, style): "line" for theory, "dots" for what was measured. Series that share a name
    share a colour, so a law and its measurement can be told to belong together. Points that are not finite, or not
    positive on a logarithmic axis, are left out and break a line. Limits default to all finite points and some air.
    Raises ValueError for more than 7 names, an unknown style, xs and ys of different lengths, or limits that are not
    low < high.
    """
    curves = [_curve(*one) for one in series]
    names = dict.fromkeys(curve.name for curve in curves)
    if len(names) > len(PALETTE):
        raise ValueError(f"at most {len(PALETTE)} colours can be told apart; got {len(names)} names")
    colours = dict(zip(names, PALETTE, strict=False))
    nothing = torch.empty(0, dtype=torch.float64)
    across = axis(torch.cat([nothing, *(curve.xs for curve in curves)]), x_limits, log_x)
    up = axis(torch.cat([nothing, *(curve.ys for curve in curves)]), y_limits, log_y)
    parts = [written(title, width, size=14)] if title else []
    parts += [_legend(curves, colours, width)] if curves else []
    parts += [written(y_label, width, ink=FAINT)] if y_label else []
    return stack([*parts, _plot(curves, colours, across, up, x_label, width, height)], gap=3)


def _curve(name: str, xs: Numbers, ys: Numbers, style: Style) -> Curve:
    curve = Curve(name, numbers(xs), numbers(ys), style)
    if len(curve.xs) != len(curve.ys):
        raise ValueError(f"{name!r} has {len(curve.xs)} xs but {len(curve.ys)} ys")
    if style not in ("line", "dots"):
        raise ValueError(f'{name!r} has the style {style!r}; styles are "line" and "dots"')
    return curve


def _plot(
    curves: Sequence[Curve], colours: dict[str, tuple[int, int, int]], across: Axis, up: Axis, x_label: str, width: int, height: int
) -> Tensor:
    """Draw the curves on a light grid, with ticks at the left and below."""
    x_ticks, y_ticks = tick_labels(across, 5), tick_labels(up, 4)
    left = ceil(max([length(text) for _, text in y_ticks], default=0)) + 8
    inner_width = width - left - 6
    page = Image.new("RGB", (width, height + 24 + (15 if x_label else 0)), "white")
    page.paste(_marks(curves, colours, across, up, (inner_width, height)), (left, 6))
    draw = ImageDraw.Draw(page)
    for part, text in x_ticks:
        draw.text((inside(left + part * inner_width, text, width), height + 9), text, INK, font(12), anchor="ma")
    for part, text in y_ticks:
        draw.text((left - 5, 6 + (1 - part) * height), text, INK, font(12), anchor="rm")
    draw.text((left + inner_width / 2, height + 24), x_label, FAINT, font(12), anchor="ma")
    return from_image(page)

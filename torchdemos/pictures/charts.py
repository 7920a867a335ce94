"""Small line charts: theory as lines, measurements as dots."""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from math import ceil, isfinite
from typing import Literal, NamedTuple, get_args

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from .axes import Axis, Coordinates, as_vector, axis, position, tick_labels
from .image import CARD_HEIGHT, from_image
from .text import FAINT, INK, ascii_only, font, inside, length, shortened, written
from .tiles import beside, in_lines, stack

Colour = tuple[int, int, int]
Point = tuple[float, float]
Style = Literal["wide", "line", "dots"]
Series = tuple[str, Coordinates, Coordinates, Style]

PALETTE: dict[str, Colour] = {  # as in `torchdemos.log.colours`
    "blue": (0, 114, 178), "green": (0, 145, 106), "pink": (176, 80, 141), "red": (213, 94, 0), "amber": (184, 126, 0),
    "violet": (115, 87, 194), "brown": (138, 96, 66),
}  # fmt: skip
NAMED = PALETTE | {"ink": INK, "faint": FAINT}
GRID = (232, 232, 232)
EDGE = (160, 160, 160)
MAX_TICKS = 6  # on either axis
MIN_PLOT_HEIGHT = 50  # pixels, of a plot below a long legend
ZOOM = 3  # marks are drawn three times as large and averaged down, because Pillow's own lines are jagged


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
    height: int | None = None,
    colours: Mapping[str, str] | None = None,
) -> Tensor:
    """Draw a line chart: returns [3, H, width], as tall as a card of TensorBoard, or with a plot `height` pixels tall.

    Each series is (name, xs, ys, style); the style is "line" or "wide" (a pale band) for theory, "dots" for
    measurements. Series of one name have one colour, which shows that a law and its measurement belong together.
    `colours` says which by its name: one of PALETTE, or "ink" or "faint"; names that it lacks take what is left of the
    palette, in order. Points that are not finite, or not positive on a logarithmic axis, are left out and break a line.
    By default the limits hold all finite points and a margin. Raises ValueError for more than 7 colours of the palette,
    an unknown style or colour, xs and ys of different lengths, or limits that are not low < high.
    """
    curves = [_curve(*one) for one in series]
    shades = _shades(dict.fromkeys(curve.name for curve in curves), colours or {})
    nothing = as_vector([])
    across = axis(torch.cat([nothing, *(curve.xs for curve in curves)]), x_limits, log_x)
    up = axis(torch.cat([nothing, *(curve.ys for curve in curves)]), y_limits, log_y)
    parts = [written(title, width, size=14)] if title else []
    parts += [_legend(curves, shades, width)] if curves else []
    parts += [written(y_label, width, ink=FAINT)] if y_label else []
    height = height or max(CARD_HEIGHT - sum(part.shape[1] + 4 for part in parts) - _below(x_label), MIN_PLOT_HEIGHT)
    return stack([*parts, _plot(curves, shades, across, up, x_label, width, height)], gap=4)


def _shades(names: Collection[str], given: Mapping[str, str]) -> dict[str, Colour]:
    """Give each name the colour that it has, or else one of the palette that no other name has."""
    chosen = {name: given[name] for name in names if name in given}
    unknown = set(chosen.values()) - NAMED.keys()
    if unknown:
        raise ValueError(f"unknown colours {sorted(unknown)}; choose from {', '.join(NAMED)}")
    left = [colour for colour in PALETTE if colour not in chosen.values()]
    others = [name for name in names if name not in chosen]
    if len(others) > len(left):
        raise ValueError(f"at most {len(PALETTE)} colours can be told apart; got {len(names)} names")
    found = chosen | dict(zip(others, left, strict=False))
    return {name: NAMED[found[name]] for name in names}


def _curve(name: str, xs: Coordinates, ys: Coordinates, style: Style) -> Curve:
    curve = Curve(name, as_vector(xs), as_vector(ys), style)
    if len(curve.xs) != len(curve.ys):
        raise ValueError(f"{name!r} has {len(curve.xs)} xs but {len(curve.ys)} ys")
    if style not in get_args(Style):
        raise ValueError(f'{name!r} has the style {style!r}; styles are "wide", "line" and "dots"')
    return curve


def _below(x_label: str) -> int:
    """Return the height around a plot: its margin above, tick labels and the axis label below."""
    return 24 + (15 if x_label else 0)


def _plot(
    curves: Sequence[Curve], colours: dict[str, Colour], across: Axis, up: Axis, x_label: str, width: int, height: int
) -> Tensor:
    """Draw the curves on a light grid, with tick labels at the left and below."""
    x_ticks, y_ticks = _ticks(across, up, height)
    left = ceil(max([length(text) for _, text in y_ticks], default=0)) + 8
    inner_width = width - left - 6
    page = Image.new("RGB", (width, height + _below(x_label)), "white")
    page.paste(_marks(curves, colours, across, up, (inner_width, height)), (left, 6))
    draw = ImageDraw.Draw(page)
    for part, text in x_ticks:
        draw.text((inside(left + part * inner_width, text, width), height + 9), text, INK, font(12), anchor="ma")
    for part, text in y_ticks:
        draw.text((left - 5, 6 + (1 - part) * height), text, INK, font(12), anchor="rm")
    draw.text((left + inner_width / 2, height + 24), ascii_only(x_label), FAINT, font(12), anchor="ma")
    return from_image(page)


def _ticks(across: Axis, up: Axis, height: int) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
    """Return the position and text of each tick on both axes; a low plot has room for few ticks at its side."""
    return tick_labels(across, MAX_TICKS), tick_labels(up, min(max(height // 18, 2), MAX_TICKS))


def _marks(
    curves: Sequence[Curve], colours: dict[str, Colour], across: Axis, up: Axis, size: tuple[int, int]
) -> Image.Image:
    """Draw the grid, then lines, then dots on top; cut off what lies outside the limits."""
    width, height = size[0] * ZOOM, size[1] * ZOOM
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    x_ticks, y_ticks = _ticks(across, up, size[1])
    for part, _ in x_ticks:
        draw.line([(part * width, 0), (part * width, height)], GRID, ZOOM)
    for part, _ in y_ticks:
        draw.line([(0, (1 - part) * height), (width, (1 - part) * height)], GRID, ZOOM)
    draw.rectangle((0, 0, width - 1, height - 1), outline=EDGE, width=ZOOM)
    for curve in sorted(curves, key=lambda curve: get_args(Style).index(curve.style)):
        xs, ys = position(curve.xs, across) * width, (1 - position(curve.ys, up)) * height
        points = list(zip(xs.tolist(), ys.tolist(), strict=True))
        MARKS[curve.style](draw, points, colours[curve.name])
    return image.reduce(ZOOM)


def _line(draw: ImageDraw.ImageDraw, points: Sequence[Point], colour: Colour, thickness: float = 1.5) -> None:
    for start, end in pairwise(points):
        if all(map(isfinite, (*start, *end))):
            draw.line([start, end], colour, round(thickness * ZOOM))


def _wide(draw: ImageDraw.ImageDraw, points: Sequence[Point], colour: Colour) -> None:
    """Draw a pale band, which stays visible behind a line that agrees with it."""
    red, green, blue = (255 - (255 - part) // 3 for part in colour)
    _line(draw, points, (red, green, blue), thickness=7)


def _dots(draw: ImageDraw.ImageDraw, points: Sequence[Point], colour: Colour) -> None:
    radius = (2.5 if len(points) <= 60 else 1.5) * ZOOM
    for point in points:
        if all(map(isfinite, point)):
            draw.circle(point, radius, colour)


MARKS: dict[Style, Callable[[ImageDraw.ImageDraw, Sequence[Point], Colour], None]] = {
    "wide": _wide,
    "line": _line,
    "dots": _dots,
}


def _legend(curves: Sequence[Curve], colours: dict[str, Colour], width: int) -> Tensor:
    """Write each name once, to the right of the marks that stand for it."""
    styles = {name: {curve.style for curve in curves if curve.name == name} for name in colours}
    entries = [_entry(name, styles[name], colour, width) for name, colour in colours.items()]
    rows = in_lines([entry.shape[2] for entry in entries], width, gap=10)
    return stack([beside([entries[i] for i in row], gap=10) for row in rows])


def _entry(name: str, styles: set[Style], colour: Colour, width: int) -> Tensor:
    image = Image.new("RGB", (20 * ZOOM, 15 * ZOOM), "white")
    draw = ImageDraw.Draw(image)
    middle = 7.5 * ZOOM
    for style in sorted(styles, key=get_args(Style).index):  # a line lies on its band, dots on both
        points: list[Point] = [(9 * ZOOM, middle)] if style == "dots" else [(0, middle), (18 * ZOOM, middle)]
        MARKS[style](draw, points, colour)
    name = shortened(name, width - 23)
    return beside([from_image(image.reduce(ZOOM)), written(name, ceil(length(name)) + 1)], gap=2)

"""Whole networks in one picture, by default 300 pixels wide: the width at which TensorBoard shows pictures."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from .colour import as_real, full_scale, ramp, signed
from .keys import between
from .neurons import described, fitting, height_of, layout, map_shape, units, units_of_each
from .text import FAINT, length, shortened, written
from .tiles import beside, blank, centre, in_lines, stack


def layers_as_pixels(
    layers: Mapping[str, Tensor], input: Tensor | None = None, width: int = 300, title: str = "", height: int = 900
) -> Tensor:
    """Show every neuron of a network, for one input, as a pixel: returns [3, H, width].

    `layers` maps names to outputs of any shape without the batch dimension, in the order in which they are drawn;
    `input` comes before them. Each layer has a scale of its own: white is 0, full colour is the "max" in its caption.
    Layers are drawn as large as a total `height` allows; a great many layers make a taller picture.
    """
    named = [
        *([] if input is None else [("input", as_real(input))]),
        *((name, as_real(x)) for name, x in layers.items()),
    ]
    head = _head(title, max((width - 8) // 2, 140))
    for tallest in range(128, 16, -8):
        rooms = [_room(x, width, tallest) for _, x in named]
        heights = [_height(x, room, tallest) for (_, x), room in zip(named, rooms, strict=True)]
        lines = in_lines([head.shape[2], *rooms], width, gap=8)
        if sum(max([head.shape[1], *heights][i] for i in line) + 8 for line in lines) <= height:
            break
    blocks = [head, *(_block(name, x, room, tallest) for (name, x), room in zip(named, rooms, strict=True))]
    return stack([*(beside([blocks[i] for i in line], gap=8) for line in lines), blank(0, width)], gap=8)


def samples_by_layer(
    layers: Mapping[str, Tensor], columns: Sequence[str] = (), width: int = 300, title: str = ""
) -> Tensor:
    """Show N inputs side by side, a row for each layer: returns [3, H, width].

    `layers` maps names to outputs [N, ...], for ten digits, say, or for one digit at N training steps; `columns` are
    the headings. All cells of a row share one scale: white is 0, full colour is the "max" in the row's caption. If N
    cells of 16 pixels do not fit, only the first ones are shown. Raises ValueError if layers or columns disagree
    about N.
    """
    count = min(_agreed(layers, columns), width // 16)
    cell = width // max(count, 1)  # ten cells of 30 pixels hold a framed digit of 28x28 exactly
    headings = [beside([_heading(name, cell) for name in columns[:count]])] if columns else []
    rows = [_row(name, as_real(x[:count]), width, cell) for name, x in layers.items()]
    return stack([_head(title, width), *headings, *rows], gap=5)


def _head(title: str, width: int) -> Tensor:
    """Draw the title, if any, and the colour key."""
    bar = between("-max", "+max", lambda size: signed(ramp(-1, 1, size)), 136)
    lines = _joined(bar, "white 0, magenta NaN", width)
    return stack([*([written(title, width, size=14)] if title else []), lines], gap=4)


def _room(x: Tensor, width: int, height: int) -> int:
    """Return the width for a layer: half the page if every unit shows there at two pixels or more, else all of it."""
    half, shape = (width - 8) // 2, map_shape(x)
    if x.numel() == 0:
        return half
    all_shown = fitting(*shape, half, height) == (shape[0], 1)
    return half if all_shown and layout(*shape, half, height)[1] >= 2 else width


def _height(x: Tensor, width: int, height: int) -> int:
    """Return the height of a layer on the page: its units and a caption of one or two lines."""
    return 26 + (height_of(*map_shape(x), width, height) if x.numel() else 0)


def _block(name: str, x: Tensor, width: int, height: int) -> Tensor:
    """Draw one layer below its caption."""
    if x.numel() == 0:
        return _caption(name, "empty", width)
    shown, _ = fitting(*map_shape(x), width, height)
    return stack([_caption(name, f"{described(x, shown)}, {_range(x)}", width), units(x, width, height)], gap=2)


def _row(name: str, x: Tensor, width: int, cell: int) -> Tensor:
    """Draw one layer for all inputs: thumbnails of equal size below a caption."""
    if x.numel() == 0:
        return _caption(name, "empty", width)
    height = min(cell, 72)
    shown, _ = fitting(*map_shape(x[0]), cell, height, least=4)
    cells = units_of_each(x, cell, height, full_scale(x), least=4)
    thumbnails = beside([centre(one, 0, cell) for one in cells])
    return stack([_caption(name, f"{described(x[0], shown)}, {_range(x)}", width), thumbnails], gap=2)


def _caption(name: str, details: str, width: int) -> Tensor:
    """Write a layer's name, and in a fainter colour its shape and scale."""
    name = shortened(name, width)
    return _joined(written(name, round(length(name)) + 1), details, width)


def _joined(first: Tensor, details: str, width: int) -> Tensor:
    """Write details beside the first picture if they fit there, else below it."""
    left = width - first.shape[2] - 8
    if length(details) <= left:
        return beside([first, written(details, left, ink=FAINT)], gap=8)
    return stack([first, written(details, width, ink=FAINT)])


def _range(x: Tensor) -> str:
    """Say what full colour stands for, and how many values are not finite."""
    words = [f"max {full_scale(x):.3g}"] if x.isfinite().any() else []
    if not all(end.isfinite() for end in x.aminmax()):
        counts = {"NaN": int(x.isnan().sum()), "inf": int(x.isinf().sum())}
        words += [f"{count} {name}" for name, count in counts.items() if count]
    return ", ".join(words)


def _heading(text: str, width: int) -> Tensor:
    """Write a column's name in the middle of the column, in smaller letters if necessary."""
    size = next((size for size in (12, 11, 10) if length(text, size) <= width), 9)
    text = shortened(text, width, size)
    return centre(written(text, min(round(length(text, size)) + 1, width), size), 0, width)


def _agreed(layers: Mapping[str, Tensor], columns: Sequence[str]) -> int:
    """Return the number of inputs, on which all layers and columns must agree."""
    single = [name for name, x in layers.items() if x.ndim == 0]
    if single:
        raise ValueError(f"{', '.join(single)} must have a first dimension: one entry for each input")
    counts = {name: len(x) for name, x in layers.items()}
    if columns:
        counts["columns"] = len(columns)
    if len(set(counts.values())) > 1:
        raise ValueError(f"all layers and columns must be about the same N inputs; got {counts}")
    return next(iter(counts.values()), 0)

"""Whole networks in one picture, 300 pixels wide by default: the width at which TensorBoard shows pictures."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from .colour import full_scale, plain, signed
from .neurons import described, fitted, shows_well, units
from .text import FAINT, length, shortened, written
from .tiles import beside, centre, frame, stack


def layers_as_pixels(
    layers: Mapping[str, Tensor], input: Tensor | None = None, width: int = 300, title: str = "", height: int = 900
) -> Tensor:
    """Show every neuron of a network, for one input, as a pixel: returns [3, H, width].

    `layers` maps names to outputs of any shape, without the batch dimension, in the order they are drawn; `input`
    comes before them. Each layer has a scale of its own: white is 0, full colour is the "max" in its caption. Layers
    are drawn as large as a total `height` allows; a great many layers make a taller picture.
    """
    named = [*([] if input is None else [("input", plain(input))]), *((name, plain(x)) for name, x in layers.items())]
    for tallest in (128, 96, 72, 56, 40, 28, 16):
        blocks = [_block(name, x, width, tallest) for name, x in named]
        whole = stack([*_head(title, width), *_in_lines(blocks, width)], gap=8)
        if whole.shape[1] <= height:
            break
    return whole


def samples_by_layer(
    layers: Mapping[str, Tensor], columns: Sequence[str] = (), width: int = 300, title: str = ""
) -> Tensor:
    """Show N inputs side by side, a row for each layer: returns [3, H, width].

    `layers` maps names to outputs [N, ...]: ten digits, say, or one digit at N training steps, headed by `columns`.
    Each row has one scale for all its cells: white is 0, full colour is the "max" in its caption. If N cells of 16
    pixels do not fit, the first ones are shown. Raises ValueError if layers or columns disagree about N.
    """
    count = min(_agreed(layers, columns), (width + 2) // 18)
    cell = (width + 2) // max(count, 1) - 2
    headings = [beside([_heading(name, cell) for name in columns[:count]], gap=2)] if columns else []
    rows = [_row(name, plain(x[:count]), width, cell) for name, x in layers.items()]
    return stack([*_head(title, width), *headings, *rows], gap=5)


def _head(title: str, width: int) -> list[Tensor]:
    """The title, if any, and what the colours mean."""
    bar = frame(signed(torch.linspace(-1, 1, 61).repeat(10, 1)))
    words = [written(text, round(length(text)) + 1, ink=FAINT) for text in ("-max", "+max", "white 0, magenta NaN")]
    legend = beside([words[0], bar, words[1], torch.ones(3, 1, 4), words[2]], gap=5)
    return [*([written(title, width, size=14)] if title else []), centre(legend[:, :, :width], 0, width)]


def _block(name: str, x: Tensor, width: int, height: int) -> Tensor:
    """One layer under its caption: in half the width if all its units show well there, else in all of it."""
    half = (width - 8) // 2
    if x.numel() == 0:
        return _caption(name, "empty", half)
    room = half if shows_well(x, half, height) else width
    details = f"{described(x, fitted(x, room, height))}, {_range(x, full_scale(x))}"
    return stack([_caption(name, details, room), units(x, room, height)], gap=2)


def _in_lines(blocks: Sequence[Tensor], width: int) -> list[Tensor]:
    """Let blocks follow one another like words in a text."""
    lines: list[list[Tensor]] = []
    for block in blocks:
        if lines and sum(b.shape[2] + 8 for b in lines[-1]) + block.shape[2] <= width:
            lines[-1].append(block)
        else:
            lines.append([block])
    return [beside(line, gap=8) for line in lines]


def _row(name: str, x: Tensor, width: int, cell: int) -> Tensor:
    """One layer for all inputs: thumbnails of equal size under a caption."""
    if x.numel() == 0:
        return _caption(name, "empty", width)
    height, scale = min(cell, 72), full_scale(x)
    cells = [centre(units(one, cell, height, scale, least=4), 0, cell) for one in x]
    details = f"{described(x[0], fitted(x[0], cell, height, least=4))}, {_range(x, scale)}"
    return stack([_caption(name, details, width), beside(cells, gap=2)], gap=2)


def _caption(name: str, details: str, width: int) -> Tensor:
    """A layer's name, and more faintly its shape and scale: on one line if they fit."""
    name = shortened(name, width)
    start = round(length(name)) + 8
    if start + length(details) > width:
        return stack([written(name, width), written(details, width, ink=FAINT)])
    return beside([written(name, start), written(details, width - start, ink=FAINT)])


def _range(x: Tensor, scale: float) -> str:
    """Say what full colour stands for, and how many values are not numbers."""
    strange = [f"{n} {name}" for n, name in ((int(x.isnan().sum()), "NaN"), (int(x.isinf().sum()), "inf")) if n]
    return ", ".join([f"max {scale:.3g}" if scale else "all 0" if not strange else "max 0", *strange])


def _heading(text: str, width: int) -> Tensor:
    """A column's name in the middle of its column, smaller if it must be."""
    size = next((size for size in (12, 11, 10) if length(text, size) <= width), 9)
    text = shortened(text, width, size)
    return centre(written(text, min(round(length(text, size)) + 1, width), size), 0, width)


def _agreed(layers: Mapping[str, Tensor], columns: Sequence[str]) -> int:
    """Return the number of inputs that all layers and columns share."""
    counts = {name: x.shape[0] if x.ndim else 0 for name, x in layers.items()}
    if columns:
        counts["columns"] = len(columns)
    if len(set(counts.values())) > 1:
        raise ValueError(f"all layers and columns must be about the same N inputs; got {counts}")
    return next(iter(counts.values()), 0)

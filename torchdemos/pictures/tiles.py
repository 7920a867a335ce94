"""Small pictures put together into larger ones; a picture is a float tensor [3, H, W] in 0..1."""

from collections.abc import Sequence
from math import ceil, isqrt

import torch
from torch import Tensor
from torch.nn.functional import pad

from .colour import GREY, WHITE


def grid(images: Tensor | Sequence[Tensor], columns: int | None = None, gap: int = 1) -> Tensor:
    """Tile N equal pictures [N, 3, h, w] row by row, with light grey between them and in unused cells.

    By default the grid is roughly square. Returns [3, rows (h + gap) - gap, columns (w + gap) - gap]. Leading
    dimensions [..., N, 3, h, w] make one grid each. Raises ValueError if there are no pictures.
    """
    if len(images) == 0:
        raise ValueError("a grid needs at least one picture")
    images = images if isinstance(images, Tensor) else torch.stack(list(images))
    count = images.shape[-4]
    columns = columns or isqrt(count - 1) + 1
    rows = ceil(count / columns)
    cells = pad(images, (0, gap, 0, gap, 0, 0, 0, rows * columns - count), value=GREY)
    cells = cells.reshape(*cells.shape[:-4], rows, columns, *cells.shape[-3:]).movedim(-3, -5).transpose(-3, -2)
    whole = cells.flatten(-4, -3).flatten(-2, -1)
    return whole[..., : whole.shape[-2] - gap, : whole.shape[-1] - gap]


def stack(pictures: Sequence[Tensor], gap: int = 0) -> Tensor:
    """Put pictures below one another, left-aligned on white, with `gap` white pixels between them."""
    width = max(picture.shape[2] for picture in pictures)
    padded = [pad(p, (0, width - p.shape[2], 0, gap), value=WHITE) for p in pictures]
    whole = torch.cat(padded, dim=1)
    return whole[:, : whole.shape[1] - gap]


def beside(pictures: Sequence[Tensor], gap: int = 0) -> Tensor:
    """Put pictures next to one another, top-aligned on white, with `gap` white pixels between them."""
    return stack([p.transpose(1, 2) for p in pictures], gap).transpose(1, 2)


def in_lines(widths: Sequence[int], width: int, gap: int) -> list[list[int]]:
    """Let pictures of given widths follow one another like words in a text; return the indices on each line."""
    lines: list[list[int]] = []
    for i, own in enumerate(widths):
        if lines and sum(widths[j] + gap for j in lines[-1]) + own <= width:
            lines[-1].append(i)
        else:
            lines.append([i])
    return lines


def blank(height: int, width: int) -> Tensor:
    """Return a white picture; in a stack, even one of height 0 keeps the page at its width."""
    return torch.ones(3, height, width, dtype=torch.float32, device="cpu")


def centre(picture: Tensor, height: int, width: int) -> Tensor:
    """Put a picture in the middle of a white one of at least [3, height, width]."""
    down, right = max(height - picture.shape[1], 0), max(width - picture.shape[2], 0)
    return pad(picture, (right // 2, right - right // 2, down // 2, down - down // 2), value=WHITE)


def frame(picture: Tensor) -> Tensor:
    """Draw a light grey line around a picture, so that white edges show on a white page; adds 2 to H and W."""
    return pad(picture, (1, 1, 1, 1), value=GREY)


def enlarge(picture: Tensor, factor: int) -> Tensor:
    """Show each pixel as a square of `factor` x `factor` pixels; raises ValueError for a factor below 1."""
    if factor < 1:
        raise ValueError(f"factor must be 1 or more; got {factor}")
    return picture.repeat_interleave(factor, dim=-2).repeat_interleave(factor, dim=-1)

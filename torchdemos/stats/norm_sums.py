"""Norms by PyTorch's own reductions, on any device: a handful of kernels for many tensors together.

All are laid out in rows. The device finds the largest magnitude of each row, and the sum of its squares scaled by an
exact power of two; the host adds the rows up in float64 after the one transfer of a look.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from torchdemos.stats.conversion import as_plain, exact_type, real
from torchdemos.stats.pieces import (
    in_memory_order,
    most_elements,
    parted,
    power_of_two,
    without_repetitions,
)
from torchdemos.stats.vectors import Array, Float64Array, Float64Vector, combined, later

ROW = 1024  # elements
SMALLER = 8  # are the copies than an output's, at the same speed: all parameters of a small model are little

Tensors = tuple[Tensor, ...]  # one tensor, or two whose difference counts


class _Group(NamedTuple):
    """What is laid out together."""

    device: torch.device
    kind: torch.dtype
    tensors: int


class _Piece(NamedTuple):
    """A part of the tensors number `place`, which fills so many rows."""

    place: int
    tensors: Tensors
    rows: int


def norms(tensors: Iterable[Tensors]) -> Float64Vector:
    """The norm of each tensor, or of the difference of each two [tensors]."""
    return combined(lambda found: found[0], _measured([tuple(map(_parts, each)) for each in tensors]))


def norm_and_abs_max(x: Tensor) -> Float64Vector:
    """Norm and largest magnitude of a plain tensor with elements [2]."""
    return combined(lambda found: found[:, 0], _measured([(x.detach(),)]))


def _measured(tensors: Sequence[Tensors]) -> Float64Vector:
    """Norm and largest magnitude of each [2, tensors]."""
    groups: dict[_Group, list[tuple[int, Tensors]]] = {}
    repetitions = np.ones(len(tensors))
    for place, each in enumerate(tensors):
        parts = _as_stored(each)
        repetitions[place] = each[0].numel() / max(parts[0].numel(), 1)
        groups.setdefault(_group(parts), []).append((place, parts))
    chunks = [chunk for group, members in groups.items() for chunk in _with_room(group, members)]
    places = [np.repeat([p.place for p in chunk], [p.rows for p in chunk]) for chunk, _ in chunks]
    return later(tuple(_sums(chunk, room) for chunk, room in chunks), partial(_finish, places, repetitions))


def _group(tensors: Tensors) -> _Group:
    wide = any(exact_type(tensor) is torch.float64 for tensor in tensors)
    return _Group(tensors[0].device, torch.float64 if wide else torch.float32, len(tensors))


def _parts(x: Tensor) -> Tensor:
    """A plain tensor; of a complex one real and imaginary parts, which have the same norm."""
    x = as_plain(x)
    return torch.view_as_real(x) if x.is_complex() else x


def _as_stored(tensors: Tensors) -> Tensors:
    """The tensors in the order of memory, where all have the same, and one that is expanded once."""
    if all(tensor.is_contiguous() for tensor in tensors):
        return tensors
    if len(tensors) == 1:
        return (in_memory_order(without_repetitions(tensors[0]), 0)[0],)
    same = len({tensor.stride() for tensor in tensors}) == 1
    return tuple(in_memory_order(tensor, 0)[0] for tensor in tensors) if same else tensors


def _with_room(group: _Group, members: Sequence[tuple[int, Tensors]]) -> Iterator[tuple[list[_Piece], Tensor]]:
    """Pieces that are laid out together, and the room for their copies, which is made once [tensors, elements]."""
    x, elements = members[0][1][0], sum(parts[0].numel() for _, parts in members)
    most = most_elements(x, SMALLER * group.tensors, group.kind.itemsize, elements)
    chunks = list(_chunks(members, most))
    rows = max(sum(piece.rows for piece in chunk) for chunk in chunks)
    room = x.new_empty((group.tensors, ROW * rows), dtype=group.kind)
    return ((chunk, room) for chunk in chunks)


def _chunks(members: Iterable[tuple[int, Tensors]], most: int) -> Iterator[list[_Piece]]:
    """Pieces that are laid out together: at least one, and no more elements than may be copied."""
    chunk: list[_Piece] = []
    rows = 0
    for place, parts in members:
        for part in parted(parts, most):
            piece = _Piece(place, part, -(-part[0].numel() // ROW))
            if chunk and (rows + piece.rows) * ROW > most:
                yield chunk
                chunk, rows = [], 0
            chunk.append(piece)
            rows += piece.rows
    if chunk:
        yield chunk


def _sums(chunk: Sequence[_Piece], room: Tensor) -> Tensor:
    """The largest magnitude of each row, the power of two below it, and the sum of the squares of what is divided by
    that [3, rows]."""
    tensors = zip(*(piece.tensors for piece in chunk), strict=True)
    x, *others = (_rows(each, copies) for each, copies in zip(tensors, room, strict=True))
    copy = room[0, : x.numel()].view(x.shape)
    for other in others:
        x = torch.sub(x, other, out=copy)
    found = room.new_empty((3, x.shape[0]))
    torch.amax(torch.abs(x, out=copy), 1, out=found[0])
    copy.mul_(power_of_two(found[0], found[1]).reciprocal()[:, None])
    torch.sum(copy.square_(), 1, out=found[2])
    return found


def _rows(tensors: Sequence[Tensor], room: Tensor) -> Tensor:
    """Copy tensors into a room as rows, the last of each filled up with zeros; or view one that fills its rows."""
    x = tensors[0]
    if len(tensors) == 1 and x.dtype is room.dtype and x.numel() % ROW == 0 and x.is_contiguous():
        return x.view(-1, ROW)
    parts = []
    for tensor in tensors:
        parts.append(vector := real(tensor).reshape(-1))
        if rest := -vector.numel() % ROW:
            parts.append(vector.new_zeros(rest))
    elements = sum(part.numel() for part in parts)
    return torch.cat(parts, out=room[:elements]).view(-1, ROW)


def _finish(places: Sequence[NDArray[np.intp]], repetitions: Float64Array, *sums: Array) -> Float64Array:
    """Norm and largest magnitude of each tensor, from the sums of rows and the places of their tensors."""
    found = np.zeros((2, len(repetitions)))
    with np.errstate(all="ignore"):
        for place, part in zip(places, sums, strict=True):
            largest, scale, squares = part.astype(np.float64)
            found[0] += np.bincount(place, squares * scale * scale, len(repetitions))
            np.maximum.at(found[1], place, largest)
        found[0] = np.sqrt(found[0] * repetitions)
    return found

"""A look as a live page shows it: rows of neurons, and gradients and updates by layer."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from torchdemos.watching.look import Look
from torchdemos.watching.neuron_images import GIVEN

MOST_LAYERS = 40  # rows of a page
MOST_GIVEN = 2**13  # of what the model is given, which goes before all layers
MOST_NUMBERS = 2**16  # in one frame; 256 KB, twenty times a second
LONGEST_SIDE = 32  # of a picture; of a larger one every second row and column is shown, every third, ...
NAME_OF_GIVEN = "input"


class Row(NamedTuple):
    """What is shown of a layer: its first `kept` units, of a picture every `every`th row and column."""

    key: str
    shape: tuple[int, ...]
    kept: int
    every: int

    def numbers(self, values: Tensor) -> bytes:
        """Those of the neurons that are shown, as little-endian float32."""
        shown = values.reshape(self.shape)[: self.kept]
        shown = shown[..., :: self.every, :: self.every] if self.every > 1 else shown
        real = shown.abs() if shown.is_complex() else shown
        return real.to(torch.float32).contiguous().cpu().numpy().astype("<f4", copy=False).tobytes()


class Frames:
    """Makes the parts of `scene` and `frame` that show looks at a model that is called `root` among its layers."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._shapes: dict[str, tuple[int, ...]] = {}
        self.rows: list[Row] = []
        self._sizes: dict[str, float] = {}
        self._moves: dict[str, float] = {}

    def fit(self, neurons: Mapping[str, Tensor]) -> bool:
        """Choose what is shown of these neurons; say whether that is something else than before."""
        shapes = {key: tuple(values.shape) or (1,) for key, values in neurons.items()}
        if shapes == self._shapes:
            return False
        self._shapes, self.rows = shapes, rows(shapes)
        return True

    def scene(self, look: Look) -> dict[str, Any]:
        """The layers of the page, and in words what of them it leaves out."""
        layers = [_described(row, look) for row in self.rows]
        return {"layers": layers, "left_out": left_out(self.rows, len(self._shapes))}

    def frame(self, look: Look, neurons: Mapping[str, Tensor]) -> dict[str, Any]:
        """The neurons of these layers, null where a layer was not called, and how gradients and updates flow."""
        found = [row.numbers(neurons[row.key]) if row.key in neurons else None for row in self.rows]
        return {"neurons": found, "flow": self._flow(look)}

    def _flow(self, look: Look) -> list[dict[str, Any]]:
        """One entry for each layer in call order. An update is that of all its parameters together: a bias that
        began as zero moves by much of its size anyway."""
        self._note_moves(look)
        sizes, moves = self._by_layer(self._sizes), self._by_layer(self._moves)
        gradients = {key: own["norm"] for key, own in look.gradients.items()}
        if not look.activations:  # a compiled model has none that can be seen, but it has parameters
            taken = {name: own["grad_norm"] for name, own in look.parameters.items() if "grad_norm" in own}
            gradients = {layer: math.hypot(*norms) for layer, norms in self._by_layer(taken).items()}
        return [
            {
                "layer": key,
                "gradient": gradients.get(key),
                "update": _update(moves.get(_layer_of(key), []), sizes.get(_layer_of(key), [])),
            }
            for key in look.activations or gradients
        ]

    def _note_moves(self, look: Look) -> None:
        """Of a large model each look has the ratios of some parameters, and the others stay as they were seen last."""
        for name, own in look.parameters.items():
            ratio, size = own.get("update_ratio"), own.get("norm", 0.0)
            if ratio is not None and (size or not math.isnan(ratio)):  # how far zeros moved is unknown
                self._sizes[name], self._moves[name] = size, size * ratio

    def _by_layer(self, numbers: Mapping[str, float]) -> dict[str, list[float]]:
        """Numbers of parameters, by the layer that has them."""
        found: dict[str, list[float]] = {}
        for name, number in numbers.items():
            found.setdefault(name.rpartition(".")[0] or self._root, []).append(number)
        return found


def rows(shapes: Mapping[str, tuple[int, ...]]) -> list[Row]:
    """What is shown of layers of these shapes: at most 40, and 65,536 numbers, shared equally where they do not fit."""
    chosen = [key for key, shape in shapes.items() if math.prod(shape)]
    chosen = chosen[:: math.ceil(len(chosen) / MOST_LAYERS) or 1]
    steps = {key: _step(shapes[key]) for key in chosen}
    units = {key: _numbers_of_unit(shapes[key], steps[key]) for key in chosen}
    sizes = {key: shapes[key][0] * units[key] for key in chosen}
    whole = {
        key: size for key, size in sizes.items() if key == GIVEN and size <= MOST_GIVEN
    }  # all colours of a picture
    most = _share([size for key, size in sizes.items() if key not in whole], MOST_NUMBERS - sum(whole.values()))
    kept = {key: shapes[key][0] if key in whole else min(shapes[key][0], most // units[key]) for key in chosen}
    return [Row(key, shapes[key], kept[key], steps[key]) for key in chosen if kept[key]]


def left_out(shown: Sequence[Row], layers: int) -> str:
    """What the page leaves out, in a sentence each; empty for nothing."""
    parts = [f"{len(shown)} of {layers} layers are shown."] if len(shown) < layers else []
    cut = [f"{_called(row)} ({row.kept} of {row.shape[0]})" for row in shown if row.kept < row.shape[0]]
    if cut:
        named = [*cut[:3], f"{len(cut) - 3} more layers"] if len(cut) > 4 else cut
        parts.append(
            f"Only the first units are shown of {' and '.join(filter(None, [', '.join(named[:-1]), named[-1]]))}."
        )
    if any(row.every > 1 for row in shown):
        parts.append(f"Of pictures wider or higher than {LONGEST_SIDE} every second row and column is shown, or fewer.")
    return " ".join(parts)


def _called(row: Row) -> str:
    return f"layer {row.key}" if row.key else f"the {NAME_OF_GIVEN}"


def _described(row: Row, look: Look) -> dict[str, Any]:
    shape = [row.shape[0], *(math.ceil(side / row.every) for side in row.shape[1:])] if row.every > 1 else row.shape
    kind = look.kinds.get(row.key, "").partition(" ")[0]
    thin = {"every": row.every} if row.every > 1 else {}
    return {"name": row.key or NAME_OF_GIVEN, "kind": kind, "shape": list(shape), "kept": row.kept, **thin}


def _step(shape: tuple[int, ...]) -> int:
    """1 for all rows and columns of a picture, 2 for every second, ..."""
    return math.ceil(max(shape[-2:]) / LONGEST_SIDE) if len(shape) == 3 else 1


def _numbers_of_unit(shape: tuple[int, ...], step: int) -> int:
    return math.prod(math.ceil(side / step) for side in shape[1:])


def _share(sizes: Sequence[int], most: int) -> int:
    """How many numbers each may take so that all together take at most so many."""
    share = 0
    for place, size in enumerate(sorted(sizes)):
        share = (most) // (len(sizes) - place)
        if size > share:
            return share
        most -= size
    return max(sizes, default=0) or share


def _update(moves: Sequence[float], sizes: Sequence[float]) -> float | None:
    """By how much of their size together parameters moved that have these sizes; None for no parameters."""
    size = math.hypot(*sizes)
    return None if not sizes else math.hypot(*moves) / size if size else 0.0


def _layer_of(key: str) -> str:
    """The layer of an output by its parameters' names: `lstm[0]` and `fc#2` are of `lstm` and `fc`."""
    return key.partition("[")[0].partition("#")[0]

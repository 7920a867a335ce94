"""The numbers of each layer at a few looks, small enough for a page."""

import math
import re
from collections.abc import Mapping
from typing import Any

from torchdemos.log import tags
from torchdemos.log.answers import short
from torchdemos.view import profiles
from torchdemos.view.looks import ByStep, Looks
from torchdemos.view.thinning import evenly_spaced

MAX_STEPS, MAX_CELLS = 60, 1500  # columns of the map, and cells of each kind of number
DIGITS = 3


class ByLayer:
    """Layers in call order, by their names and by `labels`, which tell what a layer is that is called by a number."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self.kinds = [looks.gradients.kinds.get(tag.partition("/")[2], "") for tag in looks.gradients.tags]
        self.labels = [_label(name, kind) for name, kind in zip(looks.layers, self.kinds, strict=True)]
        ratios, unchanged = looks.group(tags.UPDATE_RATIO), looks.group(tags.UNCHANGED)
        self.weights = {name: _weight_of(name, {**ratios, **unchanged}) for name in looks.layers}
        self.updates = {name: ratios.get(weight, {}) for name, weight in self.weights.items()}
        self._unchanged = {name: unchanged.get(weight, {}) for name, weight in self.weights.items()}

    def label(self, layer: str) -> str:
        """What a layer is called on the page, which may not know it."""
        return dict(zip(self._looks.layers, self.labels, strict=True)).get(tags.clean(layer), layer)

    def last(self) -> list[profiles.Cell]:
        """The gradient of every layer at the last look that has one."""
        gradients = self._looks.gradients
        return [gradients.cell(tag, gradients.steps[-1]) if gradients.steps else None for tag in gradients.tags]

    def numbers(self) -> dict[str, Any]:
        """By layer and step: log10 of the gradient and of the update ratio, spread of the output, saturated units."""
        gradients, layers = self._looks.gradients, self._looks.layers
        most = max(2, min(MAX_STEPS, MAX_CELLS // max(len(layers), 1)))
        steps = list(evenly_spaced(gradients.steps, most))
        return {
            "layers": layers,
            "kinds": self.kinds,
            "steps": steps,
            "log10": [[_rounded(gradients.cell(tag, step)) for step in steps] for tag in gradients.tags],
            "spread": self._matrix(tags.ACTIVATION_STD, steps),
            "saturated": self._matrix(tags.SATURATED_UNITS, steps),
            "updates": [[self._update(name, step) for step in steps] for name in layers],
        }

    def _matrix(self, group: str, steps: list[int]) -> list[list[float | None]]:
        """A row for each layer; an empty one for a layer that has no such number."""
        found = self._looks.group(group)
        return [[_number(found[name], step) for step in steps] if name in found else [] for name in self._looks.layers]

    def _update(self, layer: str, step: int) -> profiles.Cell:
        return profiles.ZERO if step in self._unchanged[layer] else _number(self.updates[layer], step)


def _label(name: str, kind: str) -> str:
    return f"{name} ({kind})" if kind and re.search(r"(?:^|\.)\d+$", name) else name


def _weight_of(layer: str, parameters: Mapping[str, ByStep]) -> str:
    """The parameter that stands for a layer; empty if the layer has none."""
    own = [name for name in parameters if name.rpartition(".")[0] == layer]
    return next((name for name in own if name.endswith(".weight")), own[0] if own else "")


def _number(row: ByStep, step: int) -> float | None:
    value = row.get(step, math.nan)
    return short(value, DIGITS) if math.isfinite(value) else None


def _rounded(cell: profiles.Cell) -> profiles.Cell:
    return round(cell, 2) if isinstance(cell, float) else cell

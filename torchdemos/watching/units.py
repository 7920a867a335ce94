"""Which dimension of an output holds the units, decided for each call from what fed it."""

import weakref
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from torchdemos.hooks.nested import first_tensor
from torchdemos.watching.kinds import NOWHERE, Kind, sizes

ATTENTION_WEIGHTS = "[1]"  # the place of what nn.MultiheadAttention gives beside its output


class Layout(NamedTuple):
    """How an output lies in memory, and in which dimension it has its units."""

    shape: tuple[int, ...]
    stride: tuple[int, ...]
    place: int

    def place_in(self, view: Tensor) -> int | None:
        """The dimension of the same units in a view; the number of its dimensions if it has only the one unit."""
        if self.place >= len(self.shape):
            return None
        units, place = self.shape[self.place], self.place
        if units == 1:  # dimensions of size 1 may come and go, as `squeeze` does
            return view.dim() if view.shape == self.shape[:place] + self.shape[place + 1 :] else None
        alike = zip(view.shape, view.stride(), strict=True)
        return _only(index for index, found in enumerate(alike) if found == (units, self.stride[place]))


class Units:
    """Finds the units of all outputs in one block.

    A layer's kind tells, or the layer has the units of its input: of the very tensor that another layer gave, of a view
    of it, or of what operations made of it, if that has as many units in the same place as some output before and in no
    other place. Otherwise an output [samples, units] tells, and one of the shape of the mask of `tokens`, which has one
    unit; of any other nobody knows where its units are.
    """

    def __init__(
        self, kinds: Mapping[str, Kind], layers: Mapping[str, nn.Module], tokens: tuple[int, ...] = ()
    ) -> None:
        self._kinds, self._tokens = kinds, tokens
        self._attention = {name for name, layer in layers.items() if isinstance(layer, nn.MultiheadAttention)}
        self._places: dict[int, tuple[weakref.ref[Tensor], int | None]] = {}  # by the output's id
        self._layouts: dict[int, list[tuple[weakref.ref[Tensor], Layout]]] = {}  # of views, by the id of their base
        self._seen: set[tuple[int, int, int]] = set()  # number of dimensions, place, units

    def place(self, layer: str, path: str, inputs: Any, output: Tensor) -> int | None:
        """The dimension of the units of an output that a layer gave, at a `path` inside all that it gave.

        None if nobody can tell. The number of dimensions itself, which is that of no dimension, if the output is that
        of one unit.
        """
        place = self._find(self._kinds[layer], inputs, output)
        if place == NOWHERE or (path == ATTENTION_WEIGHTS and layer in self._attention):
            place = None
        self._remember(output, place)
        return place

    def _find(self, kind: Kind, inputs: Any, output: Tensor) -> int | None:
        dimensions = output.dim()
        usual = None if kind.place is None else _index(kind.place, dimensions)
        if kind.own:
            return usual
        known = self._known(output)  # a layer inside gave it, or it was changed in place, or passed on
        if known is not None:
            return known[0]
        given = first_tensor(inputs)
        place = self._of_any(output if given is None else given)
        if place is not None and given is not None:
            place = kind.carry(place, given, output)
        if place is None and not output.is_nested and output._is_view():
            place = self._of_view(output)
        place = usual if place is None else place
        return self._by_shape(output) if place is None else place

    def _by_shape(self, output: Tensor) -> int | None:
        """Where units are if nothing tells but the shape: that of the mask of tokens, or [samples, units]."""
        if self._tokens and sizes(output) == self._tokens:
            return output.dim()
        return 1 if output.dim() == 2 and not output.is_nested else None

    def _remember(self, output: Tensor, place: int | None) -> None:
        self._places[id(output)] = weakref.ref(output), place
        if place is None or output.is_nested or place == output.dim() or output.layout is not torch.strided:
            return
        shape = output.shape
        self._seen.add((len(shape), place, shape[place]))
        if output._is_view() and (base := output._base) is not None:
            layout = Layout(shape, output.stride(), place)
            self._layouts.setdefault(id(base), []).append((weakref.ref(base), layout))

    def _known(self, tensor: Tensor) -> tuple[int | None] | None:
        """The place that was found for this very tensor; None if it is no output."""
        known, place = self._places.get(id(tensor), (None, None))
        return (place,) if known is not None and known() is tensor else None  # an id may have gone to another tensor

    def _of_any(self, tensor: Tensor) -> int | None:
        """The place of the units of any tensor, perhaps made of outputs."""
        known = self._known(tensor)
        if known is not None:
            return known[0]
        if tensor.is_nested:
            return None
        place = self._of_view(tensor) if tensor._is_view() else None
        return self._of_result(tensor) if place is None else place

    def _of_view(self, view: Tensor) -> int | None:
        """The place of the units in a view of an output: where as many elements lie as far apart."""
        base = view._base
        if base is None:
            return None
        layouts = [layout for reference, layout in self._layouts.get(id(base), ()) if reference() is base]
        if (known := self._known(base)) and known[0] is not None:
            layouts.insert(0, Layout(base.shape, base.stride(), known[0]))
        places = (layout.place_in(view) for layout in reversed(layouts))
        return next((place for place in places if place is not None), None)

    def _of_result(self, tensor: Tensor) -> int | None:
        shape = sizes(tensor)
        return _only(place for place, size in enumerate(shape) if (len(shape), place, size) in self._seen)


def _index(place: int, dimensions: int) -> int | None:
    index = place + dimensions if place < 0 else place
    return index if 0 <= index < dimensions else None


def _only(found: Iterable[int]) -> int | None:
    """What was found, if it is one thing."""
    places = list(found)
    return places[0] if len(places) == 1 else None

"""Which layer with parameters feeds a call: the tensor that the call is given tells it, or else the call before."""

import weakref
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from torchdemos.hooks.nested import first_tensor


class Sources:
    """The layers with parameters that outputs come from, perhaps through layers without any.

    If operations came between an output and the next call, that call is fed by the one that was called last before it.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[Tensor], str]] = {}  # what fed an output, by the tensor's id
        self._latest, self._latest_has_graph = "", False
        self._first_layers: set[str] = set()  # those without parameters that were given what no layer made

    def find(self, layer: str, inputs: Any) -> str:
        """The layer with parameters that a call's first input comes from; empty if it comes from outside the model."""
        tensor = first_tensor(inputs)
        known, source = self._known.get(id(tensor), (None, ""))
        if known is not None and known() is tensor:  # a tensor that is gone may have left its id to another
            return source
        from_outside = self._latest_has_graph and tensor is not None and not _has_graph(tensor)
        if from_outside or not self._latest:
            self._first_layers.add(layer)
        elif self._latest_has_graph or layer not in self._first_layers:
            return self._latest
        return ""

    def remember(self, source: str, found: Sequence[tuple[str, Tensor]]) -> None:
        """Note the source of the outputs of a call."""
        self._latest, self._latest_has_graph = source, False
        for _, tensor in found:
            self._latest_has_graph |= _has_graph(tensor)
            self._known[id(tensor)] = weakref.ref(tensor), source


def _has_graph(tensor: Tensor) -> bool:
    try:
        return tensor.grad_fn is not None
    except RuntimeError:  # a view of several that was overwritten in place
        return True

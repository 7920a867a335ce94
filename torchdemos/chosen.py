"""Which layers a look hooks, and what it keeps of each."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from torchdemos import seen
from torchdemos.layers import Layers, Tree, compiled, select

Keeps = dict[str, Callable[[Tensor], Any]]


class Chosen:
    """The layers that the user named, found anew when the model has changed and otherwise as they were."""

    def __init__(self, model: nn.Module, layers: Layers, histograms: bool) -> None:
        self._model, self._wanted, self._histograms = model, layers, histograms
        self.names = list(select(model, layers))
        self._seen_as: object = None
        self._layers: dict[str, nn.Module] = {}
        self._usual: Keeps = {}

    def among(self, tree: Tree) -> tuple[dict[str, nn.Module], bool]:
        """Those that can be hooked; and whether others are compiled, where a hook would have all compiled anew."""
        hidden = compiled(self._model, tree.modules)
        seen_as = tree.modules, list(tree.parameters), hidden
        if seen_as != self._seen_as or callable(self._wanted):
            found = select(self._model, self._wanted, strict=False)
            self._layers = {name: module for name, module in found.items() if name not in hidden}
            self._usual = self._see(first=False)
            self._seen_as = seen_as
        return self._layers, bool(hidden)

    def keeps(self, first: bool) -> Keeps:
        """What to make of each one's output, with the first sample of the batch or without."""
        return self._see(first) if first else self._usual

    def _see(self, first: bool) -> Keeps:
        kinds = seen.channels(self._layers)
        return {name: seen.see(self._histograms, first, kind) for name, kind in kinds.items()}

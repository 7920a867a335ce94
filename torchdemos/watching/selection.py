"""Which layers a look hooks, and what it keeps of each."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from torchdemos.hooks.layers import Layers, Tree, compiled, select
from torchdemos.watching import outputs

Keeps = dict[str, Callable[[Tensor], Any]]


class Chosen:
    """The layers that the user named, found anew when the model has changed and otherwise as they were."""

    def __init__(self, model: nn.Module, layers: Layers, histograms: bool) -> None:
        self._model, self._wanted, self._histograms = model, layers, histograms
        self.names = list(select(model, layers))
        self._tree = Tree(model)
        self._hidden: set[str] | None = None
        self._layers: dict[str, nn.Module] = {}
        self._usual: Keeps = {}

    def now(self) -> tuple[dict[str, nn.Module], dict[str, nn.Parameter], bool]:
        """Those that can be hooked; all parameters; and whether some layers are compiled, and no hook has a place."""
        changed = self._tree.changed(self._model)
        if changed:
            self._tree = Tree(self._model)
        hidden = compiled(self._model, self._tree.modules)
        if changed or hidden != self._hidden or callable(self._wanted):
            found = select(self._model, self._wanted, strict=False)
            self._layers = {name: module for name, module in found.items() if name not in hidden}
            self._usual, self._hidden = self._see(first=False), hidden
        return self._layers, self._tree.parameters, bool(hidden)

    def keeps(self, first: bool) -> Keeps:
        """What to make of each one's output, with the first sample of the batch or without."""
        return self._see(first) if first else self._usual

    def _see(self, first: bool) -> Keeps:
        kinds = outputs.channels(self._layers)
        return {name: outputs.see(self._histograms, first, kind) for name, kind in kinds.items()}

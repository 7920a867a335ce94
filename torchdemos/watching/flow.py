"""Which layers feed which, from the graph that autograd builds: call order alone cannot tell depth from breadth."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from torchdemos.hooks import fused_layers, torch_state
from torchdemos.hooks.nested import nested_tensors
from torchdemos.hooks.removal import Hooks
from torchdemos.hooks.seeing import see_calls

MAX_LOOKS = 4  # blocks in which the graph is walked: layers that are dropped at random come in one of them
NO_LAYERS: Mapping[str, nn.Module] = {}
MAX_NODES = 10_000  # of a block's graph that are visited


class Flow:
    """The layers with parameters that feed each layer with parameters, directly or through operations; never itself.

    `fed_by` names them by their outputs, as a `Tape` does: `fc1`, or `lstm[0]` and `lstm[1][0]`.
    """

    def __init__(self) -> None:
        self.fed_by: dict[str, list[str]] = {}
        self._looks = 0
        self._made_by: dict[Any, _Place] = {}  # by the node of the graph
        self._left = 0

    def hook(
        self,
        hooks: Hooks,
        model: nn.Module,
        layers: Mapping[str, nn.Module],
        fused: Mapping[str, nn.Module] = NO_LAYERS,
    ) -> None:
        """Follow what these layers of a model give, in the first few blocks; later do nothing.

        Hooks are inside the `fused` layers only while these train, see `hooks.fused_layers`.
        """
        if self._looks >= MAX_LOOKS:
            return
        self._looks, self._left = self._looks + 1, MAX_NODES
        hooks.at_end(self.forget)
        own = {name: layer for name, layer in layers.items() if next(layer.parameters(), None) is not None}
        fused_layers.hook(hooks, model, own, self._attach, fused)

    def forget(self) -> None:
        """Forget the block's graph."""
        self._made_by.clear()

    def _attach(self, hooks: Hooks, layer: str, module: nn.Module) -> None:
        see_calls(hooks, module, lambda args, output: self._saw(layer, output))

    def __getstate__(self) -> dict[str, Any]:
        return {"fed_by": self.fed_by, "_looks": MAX_LOOKS, "_made_by": {}, "_left": 0}

    def _saw(self, layer: str, output: Any) -> None:
        if torch.compiler.is_compiling() or torch_state.inside_backward() or torch_state.inside_transform():
            return
        with suppress(Exception):  # an output that cannot be walked leaves the layer without feeders
            self._follow(layer, nested_tensors(output))

    def _follow(self, layer: str, outputs: list[tuple[str, Tensor]]) -> None:
        nodes = {layer + path: node for path, tensor in outputs if (node := tensor.grad_fn) is not None}
        for key, node in nodes.items():
            known = self.fed_by.setdefault(key, [])
            known += [place.key for place in self._behind(node) if place.layer != layer and place.key not in known]
        for key, node in nodes.items():
            self._made_by.setdefault(node, _Place(layer, key))

    def _behind(self, node: Any) -> list["_Place"]:
        """The nearest outputs of layers behind a node of the graph, or at it."""
        found, visited, waiting = dict[_Place, None](), set[Any](), [node]
        while waiting and self._left > 0:
            node = waiting.pop()
            if node in visited:
                continue
            visited.add(node)
            self._left -= 1
            if node in self._made_by:
                found[self._made_by[node]] = None
            else:
                waiting += [before for before, _ in node.next_functions if before is not None]
        return list(found)


class _Place(NamedTuple):
    """An output: its layer, and the key by which a tape knows it."""

    layer: str
    key: str

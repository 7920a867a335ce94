"""Which layers feed which, from the graph that autograd builds: call order alone cannot tell depth from breadth."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import torch
from torch import nn

from torchdemos.hooks import torch_state
from torchdemos.hooks.nested import nested_tensors
from torchdemos.hooks.removal import removed_at_end
from torchdemos.hooks.tape import InertHook

MAX_LOOKS = 4  # blocks in which the graph is walked: layers that are dropped at random come in one of them
MAX_NODES = 10_000  # of a block's graph that are visited


class Flow:
    """The layers with parameters that feed each layer with parameters, directly or through operations."""

    def __init__(self) -> None:
        self.fed_by: dict[str, list[str]] = {}
        self._looks = 0
        self._layers: dict[Any, str] = {}  # by the node that made its output
        self._left = 0

    @contextmanager
    def seen(self, layers: Mapping[str, nn.Module]) -> Iterator[None]:
        """Follow what these layers give inside a `with` block, in the first few blocks; later do nothing."""
        if self._looks >= MAX_LOOKS:
            yield
            return
        self._looks, self._left = self._looks + 1, MAX_NODES
        with removed_at_end() as handles:
            for name, module in layers.items():
                if next(module.parameters(), None) is not None:
                    with suppress(RuntimeError):  # a scripted module
                        handles.append(module.register_forward_hook(FlowHook(self, name)))
            try:
                yield
            finally:
                self._layers.clear()

    def __getstate__(self) -> dict[str, Any]:
        return {"fed_by": self.fed_by, "_looks": MAX_LOOKS, "_layers": {}, "_left": 0}

    def _saw(self, layer: str, output: Any) -> None:
        if torch.compiler.is_compiling() or torch_state.inside_backward() or torch_state.inside_transform():
            return
        nodes = [node for _, tensor in nested_tensors(output) if (node := tensor.grad_fn) is not None]
        known = self.fed_by.setdefault(layer, [])
        known += [feeder for feeder in self._feeders(nodes) if feeder != layer and feeder not in known]
        for node in nodes:
            self._layers.setdefault(node, layer)

    def _feeders(self, nodes: list[Any]) -> list[str]:
        """The nearest layers behind these nodes of the graph."""
        found, visited, waiting = dict[str, None](), set[Any](), list(nodes)
        while waiting and self._left > 0:
            node = waiting.pop()
            if node in visited:
                continue
            visited.add(node)
            self._left -= 1
            if node in self._layers:
                found[self._layers[node]] = None
            else:
                waiting += [before for before, _ in node.next_functions if before is not None]
        return list(found)


class FlowHook:
    """A forward hook of one layer; inert on a copy of it."""

    def __init__(self, flow: Flow, layer: str) -> None:
        self._flow, self._layer = flow, layer

    def __call__(self, module: nn.Module, args: Any, output: Any) -> None:
        with suppress(Exception):  # an output that cannot be walked leaves the layer without feeders
            self._flow._saw(self._layer, output)

    def __reduce__(self) -> tuple[type[InertHook], tuple[()]]:
        return InertHook, ()

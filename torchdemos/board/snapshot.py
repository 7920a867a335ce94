"""Every neuron of a model at one moment, as bytes for a log: the values, and what they are sums of.

A snapshot is a list of blobs. The first is JSON: the names of the samples, and for each layer in call order its name,
the shape of one sample and the places of its blobs in the list. All others are deflated little-endian float32:

    {"samples": ["0", "1"], "layers": [
      {"name": "input", "shape": [1, 28, 28], "kept": 1, "values": 1},
      {"name": "conv1", "shape": [8, 24, 24], "kept": 8, "values": 4, "sum": {
        "kind": "convolution", "from": 0, "weights": 2, "rows": 8, "shape": [8, 1, 5, 5], "bias": 3,
        "stride": [1, 1], "padding": [0, 0], "dilation": [1, 1], "groups": 1}}]}

Of a layer too large to log only the leading units are kept, and of its weights the leading rows. "from" is the layer
whose values are its inputs; it is null where they are not all there, as are "values", "weights" and "bias".
"""

import json
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

VALUES, WEIGHTS = 2**18, 2**19  # numbers of one sample, and of weights, that a snapshot may hold; layers share them
INPUT = 2**18  # numbers of one sample that are kept of the model's input: three colours of 256x256 pixels fit
UNIT = 2**16  # numbers of one unit (a channel, say) that are kept whatever its layer's share
LAYERS = 100


class Sum(NamedTuple):
    """What the neurons of a layer are sums of: how the layer slides over its inputs, its weights and its biases."""

    geometry: dict[str, Any]
    weight: Tensor
    bias: Tensor | None


class Call(NamedTuple):
    """One call of a layer: what went in and what came out [samples, ...], and the layer's weights at that time."""

    name: str
    inputs: Tensor | None
    values: Tensor
    sum: Sum | None


def sum_of(name: str, module: nn.Module | None, parameters: Mapping[str, Tensor]) -> Sum | None:
    """Weights and biases of a dense layer or a convolution out of a model's parameters; None for any other layer."""
    geometry = _geometry(module)
    weight, bias = parameters.get(f"{name}.weight"), parameters.get(f"{name}.bias")
    if geometry is None or weight is None or (bias is None and module is not None and module.bias is not None):
        return None
    return Sum(geometry, weight, bias)


def take(calls: Sequence[Call], samples: Sequence[str]) -> list[bytes]:
    """A snapshot of these calls; of more than 100, of that many at even distances."""
    chosen = calls[:: math.ceil(len(calls) / LAYERS) or 1]
    snapshot = _Snapshot(VALUES // max(len(chosen), 1), WEIGHTS // max(len(chosen), 1))
    for call in chosen:
        snapshot.add(call)
    return [json.dumps({"samples": list(samples), "layers": snapshot.layers}).encode(), *snapshot.blobs]


class _Snapshot:
    """Layers and blobs in the making."""

    def __init__(self, values: int, weights: int) -> None:
        self.layers: list[dict[str, Any]] = []
        self.blobs: list[bytes] = []
        self._values, self._weights = values, weights
        self._whole: dict[int, Tensor] = {}  # values of the layers that are kept whole, to recognize inputs by

    def add(self, call: Call) -> None:
        source = self._source(call) if call.inputs is not None and (call.sum or not self.layers) else None
        weighed = {"sum": self._sum(call.sum, source)} if call.sum else {}
        self._layer(call.name, call.values, weighed, self._values)

    def _layer(self, name: str, values: Tensor, more: dict[str, Any], share: int) -> int | None:
        """Put in a layer; say which one it is if all of it is kept."""
        values = values.reshape(len(values), -1) if values.dim() < 2 else values
        kept = _fit(values, share)
        place = self._pack(values[:, :kept]) if kept else None
        self.layers.append({"name": name, "shape": list(values.shape[1:]), "kept": kept, "values": place, **more})
        if kept < values.shape[1]:
            return None
        self._whole[len(self.layers) - 1] = values
        return len(self.layers) - 1

    def _source(self, call: Call) -> int | None:
        """The latest layer that gave these very inputs; if none did, they come before their layer as one of their own:
        the input of the model, or what was made of several layers outside of any."""
        inputs = call.inputs
        assert inputs is not None
        for place, values in reversed(self._whole.items()):
            if values.numel() == inputs.numel() and torch.equal(_bits(values), _bits(inputs)):
                return place
        if not self.layers:
            return self._layer("input", inputs, {}, INPUT)
        return self._layer(f"into {call.name}", inputs, {}, self._values)

    def _sum(self, what: Sum, source: int | None) -> dict[str, Any]:
        rows = min(len(what.weight), self._weights // max(what.weight[:1].numel(), 1))
        weights = self._pack(what.weight[:rows]) if rows else None
        bias = None if what.bias is None else self._pack(what.bias)
        shape = list(what.weight.shape)
        return {**what.geometry, "from": source, "weights": weights, "rows": rows, "shape": shape, "bias": bias}

    def _pack(self, numbers: Tensor) -> int:
        self.blobs.append(zlib.compress(_float32(numbers).numpy().astype("<f4").tobytes()))
        return len(self.blobs)


def _geometry(module: nn.Module | None) -> dict[str, Any] | None:
    if isinstance(module, nn.Linear):
        return {"kind": "dense"}
    if not isinstance(module, nn.Conv2d) or module.padding_mode != "zeros" or isinstance(module.padding, str):
        return None
    steps = {name: list(getattr(module, name)) for name in ("stride", "padding", "dilation")}
    return {"kind": "convolution", **steps, "groups": module.groups}


def _fit(values: Tensor, share: int) -> int:
    """How many leading units of each sample fit into a layer's share; one if it is not itself too large."""
    unit = values[:1, :1].numel()
    if not unit:
        return 0
    return min(values.shape[1], share // unit or int(unit <= UNIT))


def _bits(numbers: Tensor) -> Tensor:
    """By its bits NaN equals itself."""
    return _float32(numbers).reshape(-1).view(torch.int32)


def _float32(numbers: Tensor) -> Tensor:
    numbers = numbers.detach().cpu()
    return (numbers.abs() if numbers.is_complex() else numbers).to(torch.float32).contiguous()

"""Snapshots: every neuron of a model at one moment, as bytes. They hold the values and what the values are sums of.

A snapshot is a list of blobs. The first is JSON: the names of the samples and, for each layer in call order, its name,
the shape of one sample and the places of its blobs in the list. All other blobs are deflated little-endian float32:

    {"samples": ["0", "1"], "layers": [
      {"name": "input", "shape": [1, 28, 28], "kept": 1, "values": 1},
      {"name": "conv1", "kind": "Conv2d", "shape": [8, 24, 24], "kept": 8, "values": 4, "sum": {
        "kind": "convolution", "from": 0, "weights": 2, "rows": 8, "shape": [8, 1, 5, 5], "bias": 3,
        "stride": [1, 1], "padding": [0, 0], "dilation": [1, 1], "groups": 1}},
      {"name": "relu1", "kind": "ReLU", "from": 1, "shape": [8, 24, 24], "kept": 8, "values": 5}]}

A layer that is too large to log keeps only its leading units and the leading rows of its weights. "from" is the place
of the layer whose values are the inputs. "from", "values", "weights" and "bias" are null if the snapshot lacks them.
"kind" is the type of the module, and "window" the geometry of a max pooling; older snapshots have neither.
"""

import json
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

MAX_VALUES, MAX_WEIGHTS = 2**18, 2**19  # numbers of one sample, and of weights; the layers share them equally
MAX_INPUT_VALUES = 2**18  # numbers of one sample of the model's input: three colours of 256x256 pixels fit
MAX_UNIT_VALUES = 2**16  # numbers of a layer's first unit (a channel, say), kept even beyond the share
MAX_LAYERS = 100


class Sum(NamedTuple):
    """The weighted sum behind a layer's neurons: how its weights slide over the inputs, its weights and its biases."""

    geometry: dict[str, Any]
    weight: Tensor
    bias: Tensor | None


class Call(NamedTuple):
    """One call of a layer: inputs and outputs [samples, ...], the sum that connects them, and the layer itself."""

    name: str
    inputs: Tensor | None
    values: Tensor
    sum: Sum | None
    module: nn.Module | None = None


def sum_of(name: str, module: nn.Module | None, parameters: Mapping[str, Tensor]) -> Sum | None:
    """The sum of a dense layer or a convolution, with weights from these parameters; None for any other layer."""
    geometry = _geometry(module)
    weight, bias = parameters.get(f"{name}.weight"), parameters.get(f"{name}.bias")
    if geometry is None or weight is None or (bias is None and module is not None and module.bias is not None):
        return None
    return Sum(geometry, weight, bias)


def unflattened(inputs: Tensor | None, values: Tensor) -> Tensor:
    """The outputs of a call in the shape of its inputs, if it only flattened them: what was a picture stays one."""
    flattened = inputs is not None and values.dim() == 2 < inputs.dim() and values.numel() == inputs.numel()
    if inputs is None or not flattened or not torch.equal(_bits(inputs), _bits(values)):
        return values
    return values.reshape(inputs.shape)


def take(calls: Sequence[Call], samples: Sequence[str]) -> list[bytes]:
    """A snapshot of these calls, or of at most 100 of them at even distances."""
    chosen = calls[:: math.ceil(len(calls) / MAX_LAYERS) or 1]
    snapshot = _Snapshot(MAX_VALUES // max(len(chosen), 1), MAX_WEIGHTS // max(len(chosen), 1))
    for call in chosen:
        snapshot.add(call)
    return [json.dumps({"samples": list(samples), "layers": snapshot.layers}).encode(), *snapshot.blobs]


class _Snapshot:
    """A snapshot that is being made; each layer may take `max_values` and `max_weights` numbers."""

    def __init__(self, max_values: int, max_weights: int) -> None:
        self.layers: list[dict[str, Any]] = []
        self.blobs: list[bytes] = []
        self._max_values, self._max_weights = max_values, max_weights
        self._whole_values: dict[int, Tensor] = {}  # of layers that are kept whole; inputs are recognized by them

    def add(self, call: Call) -> None:
        source = self._source(call) if call.inputs is not None and (call.sum or not self.layers) else None
        more = _made_by(call.module)
        if call.sum:
            more["sum"] = self._sum(call.sum, source)
        elif more:
            more["from"] = self._known(call.inputs) if source is None else source
        self._add_layer(call.name, call.values, more, self._max_values)

    def _add_layer(self, name: str, values: Tensor, more: dict[str, Any], most: int) -> int | None:
        """Add a layer of at most `most` values; return its place if all values are kept."""
        values = values.reshape(len(values), -1) if values.dim() < 2 else values
        kept = _units_that_fit(values, most)
        place = self._pack(values[:, :kept]) if kept else None
        self.layers.append({"name": name, "shape": list(values.shape[1:]), "kept": kept, "values": place, **more})
        if kept < values.shape[1]:
            return None
        self._whole_values[len(self.layers) - 1] = values
        return len(self.layers) - 1

    def _source(self, call: Call) -> int | None:
        """The place of the latest layer whose values are these inputs.

        If there is none, the inputs become a layer themselves: they are the model's input, or were computed between
        layers.
        """
        inputs = call.inputs
        assert inputs is not None
        known = self._known(inputs)
        if known is not None:
            return known
        if not self.layers:
            return self._add_layer("input", inputs, {}, MAX_INPUT_VALUES)
        return self._add_layer(f"into {call.name}", inputs, {}, self._max_values)

    def _known(self, inputs: Tensor | None) -> int | None:
        """The place of the latest layer whose values are these; None if there is none."""
        if inputs is None:
            return None
        alike = (place for place, values in reversed(self._whole_values.items()) if values.numel() == inputs.numel())
        return next((place for place in alike if torch.equal(_bits(self._whole_values[place]), _bits(inputs))), None)

    def _sum(self, what: Sum, source: int | None) -> dict[str, Any]:
        rows = min(len(what.weight), self._max_weights // max(what.weight[:1].numel(), 1))
        weights = self._pack(what.weight[:rows]) if rows else None
        bias = None if what.bias is None else self._pack(what.bias)
        shape = list(what.weight.shape)
        return {**what.geometry, "from": source, "weights": weights, "rows": rows, "shape": shape, "bias": bias}

    def _pack(self, numbers: Tensor) -> int:
        self.blobs.append(zlib.compress(_float32(numbers).numpy().astype("<f4").tobytes()))
        return len(self.blobs)


def _made_by(module: nn.Module | None) -> dict[str, Any]:
    """The type of a layer, and the windows of one that takes the largest in each."""
    if module is None:
        return {}
    kind: dict[str, Any] = {"kind": type(module).__name__}
    if isinstance(module, nn.MaxPool2d) and _pair(module.dilation) == (1, 1):
        sizes = {"size": module.kernel_size, "stride": module.stride, "padding": module.padding}
        kind["window"] = {name: list(_pair(size)) for name, size in sizes.items()}
    return kind


def _pair(size: int | tuple[int, ...]) -> tuple[int, ...]:
    return (size, size) if isinstance(size, int) else size


def _geometry(module: nn.Module | None) -> dict[str, Any] | None:
    if isinstance(module, nn.Linear):
        return {"kind": "dense"}
    if not isinstance(module, nn.Conv2d) or module.padding_mode != "zeros" or isinstance(module.padding, str):
        return None
    steps = {name: list(getattr(module, name)) for name in ("stride", "padding", "dilation")}
    return {"kind": "convolution", **steps, "groups": module.groups}


def _units_that_fit(values: Tensor, most: int) -> int:
    """How many leading units of each sample have at most `most` values together. One unit may have more."""
    unit = values[:1, :1].numel()
    if not unit:
        return 0
    return min(values.shape[1], most // unit or int(unit <= MAX_UNIT_VALUES))


def _bits(numbers: Tensor) -> Tensor:
    """NaN equals itself only bit by bit."""
    return _float32(numbers).reshape(-1).view(torch.int32)


def _float32(numbers: Tensor) -> Tensor:
    numbers = numbers.detach().cpu()
    return (numbers.abs() if numbers.is_complex() else numbers).to(torch.float32).contiguous()

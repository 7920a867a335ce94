"""What one process saw in one look, still as tensors; and of several ranks that train one model."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor

from torchdemos import hooks, stats
from torchdemos.stats import kernels
from torchdemos.stats.kernels import Numbers
from torchdemos.watching import outputs
from torchdemos.watching.outputs import Seen
from torchdemos.watching.parameters import Before, Norms, local, norms, present

T = TypeVar("T")
CALLS = 20  # of one layer in one pass that are kept apart


class Parameters(NamedTuple):
    """Norms of parameters before the step, of their gradients, of their changes; each of those that have one.

    Those of a sharded parameter are its shard's: `shards` says how many ranks have one, and how many have the same.
    """

    norm: Norms
    grad_norm: Norms
    moved: Norms
    shards: dict[str, tuple[int, int]]


class Part(NamedTuple):
    """What one process saw: outputs and gradients by key in call order, `layers` the layer of each key.

    Several passes of the model within one look (accumulated batches, say) are one batch, and so are
    all calls of a layer in one pass from the 21st on.
    """

    outputs: dict[str, Seen]
    gradients: dict[str, Numbers]
    parameters: Parameters
    layers: dict[str, str]


def take(
    parameters: Mapping[str, Tensor], tape: hooks.Tape, before: Before, held: Mapping[str, Tensor], scale: float = 1.0
) -> Part:
    """Finish a look at the end of its block, with the parameters as they are then.

    `before` is of `Turns`, `held` of `hooks.hold_gradients`; `scale` is what the loss was multiplied by.
    """
    kept_outputs = {key: kept for key, kept in tape.outputs.items() if kept is not None}
    names = {key: _few(in_pass) for key, in_pass in tape.in_pass.items()}
    kept = {key: gradient for key, gradient in tape.gradients.items() if gradient is not None}
    gradients = _by(names, kept, outputs.whole_gradient)
    return Part(
        _by(names, kept_outputs, outputs.whole),
        _divided(gradients, scale),
        _sizes(present(parameters), before, held),
        {names[key]: tape.layers[key] for key in kept_outputs},
    )


def join(parts: Sequence[Part]) -> Part:
    """What all ranks saw, as if one process had: their outputs are one batch.

    The loss of data-parallel training is the mean of the ranks' losses, so each output has its
    rank's gradient divided by the number of ranks. Histograms and pictures are the first rank's.
    """
    gradients = {key: outputs.whole_gradient(found) for key, found in _all(part.gradients for part in parts).items()}
    return Part(
        {key: outputs.whole(found) for key, found in _all(part.outputs for part in parts).items()},
        _divided(gradients, len(parts)),
        _join_parameters([part.parameters for part in parts]),
        {key: layer for part in reversed(parts) for key, layer in part.layers.items()},
    )


def _few(key: str) -> str:
    """A layer that is called a hundred times in a pass would have a hundred curves."""
    if "#" not in key:
        return key
    return re.sub(r"#(\d+)", lambda call: call[0] if int(call[1]) <= CALLS else "#later", key)


def _by(names: Mapping[str, str], found: Mapping[str, T], unite: Callable[[Sequence[T]], T]) -> dict[str, T]:
    """Values under their new names, those that get the same one united."""
    groups: dict[str, list[T]] = {}
    for key, value in found.items():
        groups.setdefault(names[key], []).append(value)
    return {name: unite(group) for name, group in groups.items()}


def _all(found: Iterable[Mapping[str, T]]) -> dict[str, list[T]]:
    """Key by key what several mappings hold."""
    together: dict[str, list[T]] = {}
    for mapping in found:
        for key, value in mapping.items():
            together.setdefault(key, []).append(value)
    return together


def _divided(gradients: dict[str, Numbers], by: float) -> dict[str, Numbers]:
    return gradients if by == 1 else {key: gradient / by for key, gradient in gradients.items()}


def _sizes(now: Mapping[str, Tensor], before: Before, held: Mapping[str, Tensor]) -> Parameters:
    found = {name: held.get(name) if p.grad is None else p.grad for name, p in now.items()}
    gradients = {name: gradient for name, gradient in found.items() if gradient is not None}
    shards = {name: sharding for name, p in now.items() if (sharding := _sharding(p))}
    return Parameters(before.norms, norms(gradients), _moved(before.copies, now), shards)


def _moved(copies: Mapping[str, Tensor], now: Mapping[str, Tensor]) -> Norms:
    """How far those came that were copied."""
    pairs = {name: (copy, local(now[name])) for name, copy in copies.items() if name in now and copy.numel()}
    alike = {name: pair for name, pair in pairs.items() if pair[0].shape == pair[1].shape and _together(*pair)}
    return Norms(list(alike), kernels.distances(alike.values()))


def _together(one: Tensor, other: Tensor) -> bool:
    return (one.is_cpu and other.is_cpu) or one.device == other.device


def _join_parameters(ranks: Sequence[Parameters]) -> Parameters:
    """Norms of whole parameters are any rank's, those of sharded ones come from all shards together."""
    shards = {name: sharding for parameters in ranks for name, sharding in parameters.shards.items()}
    columns = zip(*(parameters[:3] for parameters in ranks), strict=True)
    norm, grad_norm, moved = (_join_norms(column, shards) for column in columns)
    return Parameters(norm, grad_norm, moved, {})


def _join_norms(ranks: Sequence[Norms], shards: Mapping[str, tuple[int, int]]) -> Norms:
    found = _all(dict(zip(norms.names, torch.as_tensor(norms.values), strict=True)) for norms in ranks)
    joined = {}
    for name, values in found.items():
        holders, copies = shards.get(name, (1, 1))
        if len(ranks) >= holders:  # else some rank did not answer, and a part is no measure of the whole
            joined[name] = stats.total_norm(values) / math.sqrt(copies) if name in shards else values[0]
    return Norms(list(joined), kernels.stack(list(joined.values())))


def _sharding(parameter: Any) -> tuple[int, int] | None:
    """Of a DTensor how many ranks hold a shard, and how many the same one, which hybrid sharding makes several."""
    if not hasattr(parameter, "placements"):
        return None
    mesh, copies = parameter.device_mesh, 1
    for dimension, placement in enumerate(parameter.placements):
        copies *= mesh.size(dimension) if placement.is_replicate() else 1
    return mesh.size(), copies

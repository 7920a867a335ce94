"""What one process saw in one look, still as tensors; and of several ranks that train one model."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from torchdemos import hooks, seen, stats
from torchdemos.before import Before, local
from torchdemos.layers import unwrapped
from torchdemos.seen import Seen
from torchdemos.stats import kernels

T = TypeVar("T")
CALLS = 20  # of one layer in one pass that are kept apart


class Sizes(NamedTuple):
    """Norms of a parameter before the step, of its gradient, of its change; each where there is one.

    Of a sharded parameter they are the shard's: `holders` ranks have one, and each element is on
    `copies` of them. Of one that is whole both are None.
    """

    norm: Tensor | None
    grad_norm: Tensor | None
    moved: Tensor | None
    holders: int | None = None
    copies: int | None = None


class Part(NamedTuple):
    """What one process saw: outputs and gradients by key in call order, `layers` the layer of each key.

    Several passes of the model within one look (accumulated batches, say) are one batch, and so are
    all calls of a layer in one pass from the 21st on.
    """

    outputs: dict[str, Seen]
    gradients: dict[str, Tensor]
    parameters: dict[str, Sizes]
    layers: dict[str, str]


def take(model: nn.Module, tape: hooks.Tape, before: Before, held: Mapping[str, Tensor], scale: float = 1.0) -> Part:
    """Finish a look at the end of its block.

    `before` is of `Turns`, `held` of `hooks.hold_gradients`; `scale` is what the loss was multiplied by.
    """
    outputs = {key: kept for key, kept in tape.outputs.items() if kept is not None}
    names = {key: _few(in_pass) for key, in_pass in tape.in_pass.items()}
    kept = {key: gradient for key, gradient in tape.gradients.items() if gradient is not None}
    gradients = _by(names, kept, seen.whole_gradient)
    return Part(
        _by(names, outputs, seen.whole),
        _divided(gradients, scale),
        _sizes(unwrapped(model), before, held),
        {names[key]: tape.layers[key] for key in outputs},
    )


def join(parts: Sequence[Part]) -> Part:
    """What all ranks saw, as if one process had: their outputs are one batch.

    The loss of data-parallel training is the mean of the ranks' losses, so each output has its
    rank's gradient divided by the number of ranks. Histograms and pictures are the first rank's.
    """
    gradients = {key: seen.whole_gradient(found) for key, found in _all(part.gradients for part in parts).items()}
    return Part(
        {key: seen.whole(found) for key, found in _all(part.outputs for part in parts).items()},
        _divided(gradients, len(parts)),
        {name: _join_shards(found) for name, found in _all(part.parameters for part in parts).items()},
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


def _divided(gradients: dict[str, Tensor], by: float) -> dict[str, Tensor]:
    return gradients if by == 1 else {key: gradient / by for key, gradient in gradients.items()}


def _sizes(model: nn.Module, before: Before, held: Mapping[str, Tensor]) -> dict[str, Sizes]:
    named = {name: p for name, p in model.named_parameters() if not (is_lazy(p) or p.is_meta) and p.numel()}
    found = {name: held.get(name) if p.grad is None else p.grad for name, p in named.items()}
    gradients = {name: local(gradient) for name, gradient in found.items() if gradient is not None}
    norms = dict(zip(gradients, kernels.norms(gradients.values()), strict=True))
    moved = _moved(before, {name: local(p.detach()) for name, p in named.items()})
    return {name: Sizes(start, norms.get(name), step, *_sharding(named[name])) for name, (start, step) in moved.items()}


def _moved(before: Before, now: Mapping[str, Tensor]) -> dict[str, tuple[Tensor | None, Tensor | None]]:
    """By name the norm before the step, and of the step; each where it is known."""
    pairs = {name: (before.copies[name], p) for name, p in now.items() if name in before.copies}
    alike = {name: pair for name, pair in pairs.items() if pair[0].shape == pair[1].shape and _together(*pair)}
    steps = dict(zip(alike, kernels.steps(alike.values()), strict=True))
    found: dict[str, tuple[Tensor | None, Tensor | None]] = {}
    for name in now:
        if name in steps:
            found[name] = tuple(steps[name].unbind())  # type: ignore[assignment]
        else:
            found[name] = kernels.norm(pairs[name][0]) if name in pairs else before.norms.get(name), None
    return found


def _together(one: Tensor, other: Tensor) -> bool:
    return (one.is_cpu and other.is_cpu) or one.device == other.device


def _join_shards(shards: Sequence[Sizes]) -> Sizes:
    """A sharded parameter's norms are those of its shards together; a whole one's are any rank's."""
    first = shards[0]
    if first.holders is None or first.copies is None:
        return first
    if len(shards) < first.holders:  # some rank did not answer, and a part is no measure of the whole
        return Sizes(None, None, None)
    columns = ([size for size in column if size is not None] for column in zip(*(s[:3] for s in shards), strict=True))
    norm, grad_norm, moved = (stats.total_norm(n) / math.sqrt(first.copies) if n else None for n in columns)
    return Sizes(norm, grad_norm, moved)


def _sharding(parameter: Any) -> tuple[int | None, int | None]:
    """Of a DTensor how many ranks hold a shard, and how many the same one, which hybrid sharding makes several."""
    if not hasattr(parameter, "placements"):
        return None, None
    mesh, copies = parameter.device_mesh, 1
    for dimension, placement in enumerate(parameter.placements):
        copies *= mesh.size(dimension) if placement.is_replicate() else 1
    return mesh.size(), copies

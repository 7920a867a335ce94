"""The statistics of parameters in one look: their norms, those of their gradients, and how far the step moved them."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.parameter import is_lazy

from torchdemos import stats
from torchdemos.stats import kernels
from torchdemos.stats.vectors import Float64Vector, stack

MIN_COPY_BUDGET = 2**18  # bytes that the copies of one look may take of any model
COPY_BUDGET_SHARE = 1 / 12  # of the bytes of all parameters, where that is more: 4 % of parameters and gradients


class NamedNorms(NamedTuple):
    """A norm for each name: float64 [names], so that they come from the device together."""

    names: list[str]
    values: Float64Vector


class BeforeStep(NamedTuple):
    """Parameters before a step: the norms of all, and copies of some by name; of a sharded one this rank's shard."""

    norms: NamedNorms
    copies: dict[str, Tensor]


class ParameterStatistics(NamedTuple):
    """Norms of the parameters before the step, of their gradients, and of their changes, each where there is one.

    Those of a sharded parameter are its shard's. `shards` says then how many ranks hold a shard, and how many the same.
    """

    norm: NamedNorms
    grad_norm: NamedNorms
    change: NamedNorms
    shards: dict[str, tuple[int, int]]


class CopiesInTurn:
    """Copies a small model whole; of a large one each look copies some parameters, and the next look the next ones."""

    def __init__(self) -> None:
        self._next = 0

    def before_step(self, parameters: Mapping[str, Tensor], whole: bool = False) -> BeforeStep:
        """Measure all parameters and copy some of them; with `whole` all, whatever memory they take."""
        there = with_values(parameters)
        copied = there if whole else self._choose(there)
        return BeforeStep(_norms(there), {name: local(there[name]).detach().clone() for name in copied})

    def _choose(self, parameters: Mapping[str, Tensor]) -> Iterable[str]:
        """Those whose turn it is. Sizes are those of whole parameters, so that all ranks choose the same."""
        sizes = [p.numel() * p.element_size() for p in parameters.values()]
        budget, names = max(MIN_COPY_BUDGET, COPY_BUDGET_SHARE * sum(sizes)), list(parameters)
        if sum(sizes) <= budget:
            return parameters
        chosen = list[str]()
        while not chosen or sizes[self._next % len(names)] <= budget:
            chosen.append(names[self._next % len(names)])
            budget -= sizes[self._next % len(names)]
            self._next += 1
        return chosen


def after_step(parameters: Mapping[str, Tensor], before: BeforeStep, held: Mapping[str, Tensor]) -> ParameterStatistics:
    """Measure gradients and changes at the end of a block. `held` are gradients that it may have cleared."""
    there = with_values(parameters)
    found = {name: held.get(name) if p.grad is None else p.grad for name, p in there.items()}
    gradients = {name: gradient for name, gradient in found.items() if gradient is not None}
    shards = {name: sharding for name, p in there.items() if (sharding := _sharding(p))}
    return ParameterStatistics(before.norms, _norms(gradients), _changes(before.copies, there), shards)


def merge(ranks: Sequence[ParameterStatistics]) -> ParameterStatistics:
    """The statistics of whole parameters: a sharded one has the norm of all shards together, any other any rank's."""
    shards = {name: sharding for parameters in ranks for name, sharding in parameters.shards.items()}
    columns = zip(*(parameters[:3] for parameters in ranks), strict=True)
    norm, grad_norm, change = (_merge_norms(column, shards) for column in columns)
    return ParameterStatistics(norm, grad_norm, change, {})


def with_values(parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Those that have values: no lazy one before its first call, none on the meta device, no empty one."""
    return {name: p for name, p in parameters.items() if not (p.is_meta or is_lazy(p)) and p.numel()}


def local(tensor: Any) -> Any:
    """This rank's shard of a sharded tensor: gathering the whole would take memory and every rank at once."""
    return tensor.to_local() if hasattr(tensor, "to_local") else tensor


def _norms(tensors: Mapping[str, Tensor]) -> NamedNorms:
    shards = {name: local(tensor) for name, tensor in tensors.items()}
    filled = {name: shard for name, shard in shards.items() if shard.numel()}
    return NamedNorms(list(filled), kernels.norms(filled.values()))


def _changes(copies: Mapping[str, Tensor], now: Mapping[str, Tensor]) -> NamedNorms:
    """How far the step moved the parameters that were copied."""
    pairs = {name: (copy, local(now[name])) for name, copy in copies.items() if name in now and copy.numel()}
    alike = {name: pair for name, pair in pairs.items() if pair[0].shape == pair[1].shape and _on_one_device(*pair)}
    return NamedNorms(list(alike), kernels.distances(alike.values()))


def _on_one_device(one: Tensor, other: Tensor) -> bool:
    return (one.is_cpu and other.is_cpu) or one.device == other.device


def _merge_norms(ranks: Sequence[NamedNorms], shards: Mapping[str, tuple[int, int]]) -> NamedNorms:
    found = defaultdict[str, list[Tensor]](list)
    for norms in ranks:
        for name, value in zip(norms.names, torch.as_tensor(norms.values), strict=True):
            found[name].append(value)
    merged = {}
    for name, values in found.items():
        holders, copies = shards.get(name, (1, 1))
        if len(ranks) >= holders:  # otherwise some rank did not answer, and a part is no measure of the whole
            merged[name] = stats.total_norm(values) / math.sqrt(copies) if name in shards else values[0]
    return NamedNorms(list(merged), stack(list(merged.values())))


def _sharding(parameter: Any) -> tuple[int, int] | None:
    """How many ranks hold a shard of a DTensor, and how many the same one, which hybrid sharding makes several."""
    if not hasattr(parameter, "placements"):
        return None
    mesh, copies = parameter.device_mesh, 1
    for dimension, placement in enumerate(parameter.placements):
        copies *= mesh.size(dimension) if placement.is_replicate() else 1
    return mesh.size(), copies

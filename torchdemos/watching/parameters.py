"""Norms of parameters, of their gradients and of their changes, by name; and those of all ranks merged."""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn.parameter import is_lazy

from torchdemos import stats
from torchdemos.hooks import gradient_of
from torchdemos.stats import kernels
from torchdemos.stats.vectors import Float64Array, Float64Vector, combined, read

Distributions = dict[str, stats.Histogram]
NORMS = ("norm", "grad_norm", "change", "unclipped", "added", "left_over")


class NamedNorms(NamedTuple):
    """A norm for each name: float64 [names], so that they come from the device together."""

    names: list[str]
    values: Float64Vector


class ParameterStatistics(NamedTuple):
    """Norms by name, each where there is one; see `StepMeter`. Those of a sharded parameter are its shard's.

    `norm`: parameters before the step. `grad_norm`: the gradients that the optimizer's step took. `change`: how far it
    moved the parameters. `unclipped`: gradients as backward left them, where the loop changes them before the step.
    `added`: what backward added to the gradients, where no optimizer took a step. `left_over`: what gradients held from
    before the block, where one did. `optimizer`: its settings, see `settings`. `distributions` and
    `gradient_distributions`: of the values of `norm` and `grad_norm`, where they were asked for. `without_gradient`:
    those that require a gradient and got none, where others got one. `shards` says of a sharded parameter how many
    ranks hold a shard, and how many the same one.
    """

    norm: NamedNorms
    grad_norm: NamedNorms
    change: NamedNorms
    unclipped: NamedNorms
    added: NamedNorms
    left_over: NamedNorms
    distributions: Distributions
    gradient_distributions: Distributions
    without_gradient: list[str]
    shards: dict[str, tuple[int, int]]
    optimizer: dict[str, float]

    @property
    def norms(self) -> dict[str, NamedNorms]:
        """The norms of each kind."""
        return {kind: getattr(self, kind) for kind in NORMS}


def merge(ranks: Sequence[ParameterStatistics]) -> ParameterStatistics:
    """The statistics of whole parameters: a sharded one has the norm of all shards together, any other any rank's.

    Distributions are the first rank's.
    """
    shards = {name: sharding for parameters in ranks for name, sharding in parameters.shards.items()}
    merged: dict[str, Any] = {
        kind: _merge_norms([rank.norms[kind] for rank in ranks], shards) for kind in ranks[0].norms
    }
    without_gradient = [name for name in ranks[0].without_gradient if all(name in r.without_gradient for r in ranks)]
    return ranks[0]._replace(**merged, without_gradient=without_gradient, shards={})


def with_values(parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Those that have values: no lazy one before its first call, none on the meta device, no empty one."""
    return {name: p for name, p in parameters.items() if not (p.is_meta or is_lazy(p)) and p.numel()}


def local(tensor: Any) -> Any:
    """This rank's shard of a sharded tensor: gathering the whole would take memory and every rank at once."""
    return tensor.to_local() if hasattr(tensor, "to_local") else tensor


def gradients_of(parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The gradients of those that have one."""
    return {name: gradient for name, p in parameters.items() if (gradient := gradient_of(p)) is not None}


Failed = Callable[[str, Exception], None]


def norms(tensors: Mapping[str, Tensor], failed: Failed) -> NamedNorms:
    """The norm of each tensor of numbers; a sparse one is not made dense. What cannot be measured is left out."""
    parts = _numbers(tensors, failed)
    try:
        return NamedNorms(list(parts), kernels.norms(parts.values()))
    except Exception:  # some tensor cannot be measured, so each is tried alone
        return latest([_norm_alone(name, part, failed) for name, part in parts.items()])


def distributions(tensors: Mapping[str, Tensor], failed: Failed) -> Distributions:
    """A histogram of each tensor of numbers. What cannot be measured is left out."""
    found = {}
    for name, part in _numbers(tensors, failed).items():
        try:
            found[name] = stats.histogram(part)
        except Exception as error:
            failed(name, error)
    return found


def _numbers(tensors: Mapping[str, Tensor], failed: Failed) -> dict[str, Tensor]:
    """The values of those that hold numbers: this rank's, and of a sparse tensor those that are stored."""
    parts = {}
    for name, tensor in tensors.items():
        try:
            part = _values(local(tensor))
            if part.numel() and (part.is_floating_point() or part.is_complex()):
                parts[name] = part
        except Exception as error:
            failed(name, error)
    return parts


def _norm_alone(name: str, tensor: Tensor, failed: Failed) -> NamedNorms:
    try:
        return NamedNorms([name], kernels.norms([tensor]))
    except Exception as error:
        failed(name, error)
        return no_norms()


def distances(pairs: Mapping[str, tuple[Tensor, Tensor]]) -> NamedNorms:
    """How far apart the tensors of each pair are; pairs that cannot be compared are left out."""
    local_pairs = {name: (local(one), local(other)) for name, (one, other) in pairs.items()}
    alike = {name: pair for name, pair in local_pairs.items() if pair[0].numel() and _comparable(*pair)}
    return NamedNorms(list(alike), kernels.distances(alike.values()))


def divided(found: NamedNorms, by: float | Tensor) -> NamedNorms:
    """The same norms, divided by the scale of the loss."""
    if isinstance(by, Tensor):
        return NamedNorms(found.names, combined(np.divide, found.values, read(by)))
    return found if by == 1 else NamedNorms(found.names, combined(lambda values: values / by, found.values))


def no_norms() -> NamedNorms:
    return NamedNorms([], np.zeros(0))


def chosen(found: NamedNorms, names: Collection[str]) -> NamedNorms:
    """Those under some names."""
    places = [place for place, name in enumerate(found.names) if name in names]
    return NamedNorms([found.names[place] for place in places], combined(lambda values: values[places], found.values))


def latest(found: Sequence[NamedNorms]) -> NamedNorms:
    """All norms; of several under one name the last."""
    filled = [norms for norms in found if norms.names]
    if len(filled) < 2:
        return filled[0] if filled else no_norms()
    places = {name: place for place, name in enumerate(name for norms in filled for name in norms.names)}
    last = list(places.values())
    values = combined(lambda *parts: np.concatenate(parts)[last], *(norms.values for norms in filled))
    return NamedNorms(list(places), values)


def shardings(parameters: Mapping[str, Tensor]) -> dict[str, tuple[int, int]]:
    """How many ranks hold a shard of each DTensor, and how many the same one, which hybrid sharding makes several."""
    return {name: sharding for name, p in parameters.items() if (sharding := _sharding(p))}


def _values(tensor: Tensor) -> Tensor:
    return tensor.detach().coalesce().values() if tensor.layout is torch.sparse_coo else tensor


def _comparable(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and ((one.is_cpu and other.is_cpu) or one.device == other.device)


def _merge_norms(ranks: Sequence[NamedNorms], shards: Mapping[str, tuple[int, int]]) -> NamedNorms:
    found = defaultdict[str, list[float]](list)
    for rank in ranks:
        for name, value in zip(rank.names, cast(Float64Array, rank.values).tolist(), strict=True):
            found[name].append(value)
    merged = {}
    for name, values in found.items():
        holders, copies = shards.get(name, (1, 1))
        if len(ranks) >= holders:  # otherwise some rank did not answer, and a part is no measure of the whole
            merged[name] = math.sqrt(sum(value * value for value in values) / copies) if name in shards else values[0]
    return NamedNorms(list(merged), np.array(list(merged.values())))


def _sharding(parameter: Any) -> tuple[int, int] | None:
    if not hasattr(parameter, "placements"):
        return None
    mesh, copies = parameter.device_mesh, 1
    for dimension, placement in enumerate(parameter.placements):
        copies *= mesh.size(dimension) if placement.is_replicate() else 1
    return mesh.size(), copies

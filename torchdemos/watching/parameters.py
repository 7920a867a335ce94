"""Norms of parameters, of their gradients and of their changes, by name; and those of all ranks merged."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn.parameter import is_lazy

from torchdemos import stats
from torchdemos.hooks import gradient_of
from torchdemos.stats import kernels
from torchdemos.stats.vectors import Float64Array, Float64Vector, combined, read
from torchdemos.watching.tensor_parallel import is_spread, shards

Distributions = dict[str, stats.Histogram]
GRADIENT_NORMS = ("grad_norm", "unclipped", "added", "left_over")
NORMS = ("norm", "change", *GRADIENT_NORMS)


class NamedNorms(NamedTuple):
    """A norm for each name: float64 [names], so that they come from the device together."""

    names: list[str]
    values: Float64Vector


class ParameterStatistics(NamedTuple):
    """Norms by name, each where there is one; see `StepMeter`. Those of a DTensor are its shard's, see `_as_shares`.

    `norm`: parameters before the step. `grad_norm`: the gradients that the optimizer's step took. `change`: how far it
    moved the parameters. `unclipped`: gradients as backward left them, where the loop changes them before the step.
    `added`: what backward added to the gradients, where no optimizer took a step. `left_over`: what gradients held from
    before the block, where one did. `optimizer`: its settings, see `settings`. `distributions` and
    `gradient_distributions`: of the values of `norm` and `grad_norm`, where they were asked for. `without_gradient`:
    those that require a gradient and got none, where others got one. `incomplete` says that some gradient could not be
    measured, so that nobody knows the norm of all. `holders` says of each DTensor how many ranks hold it together.
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
    incomplete: bool
    holders: dict[str, int]
    optimizer: dict[str, float]

    @property
    def norms(self) -> dict[str, NamedNorms]:
        """The norms of each kind."""
        return {kind: getattr(self, kind) for kind in NORMS}


def merge(ranks: Sequence[ParameterStatistics]) -> ParameterStatistics:
    """The statistics of whole parameters: a DTensor has the norm of all its shards together, any other any rank's.

    Distributions are the first rank's.
    """
    merged: dict[str, Any] = {kind: _merge_norms(ranks, kind) for kind in NORMS}
    lost = any(set(rank.norms[kind].names) - set(merged[kind].names) for rank in ranks for kind in GRADIENT_NORMS)
    merged["incomplete"] = lost or any(rank.incomplete for rank in ranks)
    without_gradient = [name for name in ranks[0].without_gradient if all(name in r.without_gradient for r in ranks)]
    return ranks[0]._replace(**merged, without_gradient=without_gradient, holders={})


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
    return _as_shares(_measured(kernels.norms, _numbers(tensors, failed), failed), tensors)


def distributions(tensors: Mapping[str, Tensor], failed: Failed) -> Distributions:
    """A histogram of each tensor of numbers. What cannot be measured is left out, and so is an empty shard."""
    found = {}
    for name, part in _numbers(tensors, failed).items():
        try:
            if part.numel():
                found[name] = stats.histogram(part)
        except Exception as error:
            failed(name, error)
    return found


def _numbers(tensors: Mapping[str, Tensor], failed: Failed) -> dict[str, Tensor]:
    """The values of those that hold numbers: this rank's, and of a sparse tensor those that are stored."""
    parts = {}
    for name, tensor in tensors.items():
        try:
            if shards(tensor) == 0:
                raise ValueError("each rank has a part of a sum that nobody has added up")
            part = _values(local(tensor))
            if not part.is_meta and (part.is_floating_point() or part.is_complex()):
                parts[name] = part
        except Exception as error:
            failed(name, error)
    return parts


def distances(pairs: Mapping[str, tuple[Tensor, Tensor]], failed: Failed) -> NamedNorms:
    """How far apart the tensors of each pair are; pairs that cannot be compared are left out."""
    latter = {name: tensor for name, (_, tensor) in pairs.items() if shards(tensor)}
    local_pairs = {name: (local(pairs[name][0]), local(tensor)) for name, tensor in latter.items()}
    alike = {name: pair for name, pair in local_pairs.items() if _comparable(*pair)}
    return _as_shares(_measured(kernels.distances, alike, failed), latter)


def _measured(measure: Callable[[Collection[Any]], Float64Vector], named: dict[str, Any], failed: Failed) -> NamedNorms:
    """What a function finds of all together; if it does not take them, each is tried alone."""
    try:
        return NamedNorms(list(named), measure(named.values()))
    except Exception as error:
        if len(named) > 1:
            return latest([_measured(measure, {name: each}, failed) for name, each in named.items()])
        for name in named:
            failed(name, error)
        return no_norms()


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


def holders(parameters: Mapping[str, Tensor]) -> dict[str, int]:
    """How many ranks hold each DTensor together."""
    return {name: cast(Any, p).device_mesh.size() for name, p in parameters.items() if is_spread(p)}


def _values(tensor: Tensor) -> Tensor:
    return tensor.detach().coalesce().values() if tensor.layout is torch.sparse_coo else tensor


def _comparable(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and ((one.is_cpu and other.is_cpu) or one.device == other.device)


def _merge_norms(ranks: Sequence[ParameterStatistics], kind: str) -> NamedNorms:
    """Norms of whole parameters. A rank that did not answer, or could not measure its shard, leaves a DTensor none."""
    found = defaultdict[str, list[float]](list)
    for rank in ranks:
        norms = rank.norms[kind]
        for name, value in zip(norms.names, cast(Float64Array, norms.values).tolist(), strict=True):
            found[name].append(value)
    together = {name: count for rank in ranks for name, count in rank.holders.items()}
    having = Counter(name for rank in ranks for name in rank.holders)
    merged = {}
    for name, values in found.items():
        if name not in together:
            merged[name] = values[0]
        elif len(values) == having[name] and len(values) % together[name] == 0:
            merged[name] = math.sqrt(sum(value * value for value in values) / len(values))
    return NamedNorms(list(merged), np.array(list(merged.values())))


def _as_shares(found: NamedNorms, tensors: Mapping[str, Tensor]) -> NamedNorms:
    """Norms of shards, each times the root of their number: the square of the whole's is the mean of the ranks'."""
    roots = np.sqrt([shards(tensors[name]) for name in found.names])
    return found if (roots == 1).all() else NamedNorms(found.names, combined(partial(np.multiply, roots), found.values))

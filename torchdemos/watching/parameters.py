"""Parameters as they stand before a step, to tell how far it moves them, without needing the memory twice."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from torch import Tensor
from torch.nn.parameter import is_lazy

from torchdemos.stats import kernels

ROOM = 2**18  # bytes that the copies of a look may always take
SHARE = 1 / 12  # of what all parameters take, where that is more: beside their gradients that is 4 %


class Norms(NamedTuple):
    """A norm for each name: float64 [names], so that they come from the device together."""

    names: list[str]
    values: kernels.Numbers


class Before(NamedTuple):
    """Norms of parameters, and copies of some of them by name; of sharded ones those of this rank's shard."""

    norms: Norms
    copies: dict[str, Tensor]


class Turns:
    """Small models are copied whole, of large ones every look takes some parameters, and the next look the next."""

    def __init__(self) -> None:
        self._next = 0

    def before(self, parameters: Mapping[str, Tensor], whole: bool = False) -> Before:
        """What there is to know before a step; with `whole` copies of all, whatever they take."""
        there = present(parameters)
        chosen = there if whole else self._choose(there)
        return Before(norms(there), {name: local(there[name]).detach().clone() for name in chosen})

    def _choose(self, named: Mapping[str, Tensor]) -> Iterable[str]:
        """Those whose turn it is; sizes are of whole parameters, so that all ranks choose alike."""
        sizes = [p.numel() * p.element_size() for p in named.values()]
        room, names = max(ROOM, SHARE * sum(sizes)), list(named)
        if sum(sizes) <= room:
            return named
        chosen = list[str]()
        while not chosen or sizes[self._next % len(names)] <= room:
            chosen.append(names[self._next % len(names)])
            room -= sizes[self._next % len(names)]
            self._next += 1
        return chosen


def present(parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Those that have values: not lazy ones before their first call, not those on the meta device."""
    return {name: p for name, p in parameters.items() if not (p.is_meta or is_lazy(p)) and p.numel()}


def norms(tensors: Mapping[str, Tensor]) -> Norms:
    """Of each; of a sharded one that of this rank's shard, if there is anything in it."""
    own = {name: local(tensor) for name, tensor in tensors.items()}
    own = {name: tensor for name, tensor in own.items() if tensor.numel()}
    return Norms(list(own), kernels.norms(own.values()))


def local(tensor: Any) -> Any:
    """Of a sharded tensor this rank's shard: to gather the whole would take memory and every rank at once."""
    return tensor.to_local() if hasattr(tensor, "to_local") else tensor

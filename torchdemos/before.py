"""Parameters as they stand before a step, to tell how far it moves them, without needing the memory twice."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from torchdemos.layers import unwrapped
from torchdemos.stats import kernels

ROOM = 2**24  # bytes that the copies of a look may always take
SHARE = 1 / 16  # of what all parameters take, where that is more


class Before(NamedTuple):
    """Norms of all parameters, and copies of some, by name; of sharded ones those of this rank's shard."""

    norms: dict[str, Tensor]
    copies: dict[str, Tensor]


class Turns:
    """Small models are copied whole, of large ones every look takes some parameters, and the next look the next."""

    def __init__(self) -> None:
        self._next = 0

    def before(self, model: nn.Module, whole: bool = False) -> Before:
        """What there is to know before a step; with `whole` copies of all, whatever they take."""
        named = {name: p.detach() for name, p in unwrapped(model).named_parameters() if not is_lazy(p)}
        chosen = list(named) if whole else self._choose(named)
        return Before(
            {name: kernels.norm(local(p)) for name, p in named.items() if not p.is_meta and p.numel()},
            {name: local(named[name]).clone() for name in chosen},
        )

    def _choose(self, named: Mapping[str, Tensor]) -> list[str]:
        """Those whose turn it is; sizes are of whole parameters, so that all ranks choose alike."""
        sizes = [p.numel() * p.element_size() for p in named.values()]
        room, names = max(ROOM, SHARE * sum(sizes)), list(named)
        if sum(sizes) <= room:
            return names
        chosen = list[str]()
        while not chosen or sizes[self._next % len(names)] <= room:
            chosen.append(names[self._next % len(names)])
            room -= sizes[self._next % len(names)]
            self._next += 1
        return chosen


def local(tensor: Any) -> Any:
    """Of a sharded tensor this rank's shard: to gather the whole would take memory and every rank at once."""
    return tensor.to_local() if hasattr(tensor, "to_local") else tensor

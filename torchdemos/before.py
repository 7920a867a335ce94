"""Parameters as they stand before a step, to tell how far it moves them, without needing the memory twice."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from torchdemos.layers import unwrapped
from torchdemos.stats import kernels

ROOM = 2**22  # bytes that the copies of a look may always take
SHARE = 1 / 16  # of what all parameters take, where that is more


class Before(NamedTuple):
    """Copies of some parameters by name, and the norms of the others; of sharded ones those of this rank's shard."""

    copies: dict[str, Tensor]
    norms: dict[str, Tensor]


class Turns:
    """Small models are copied whole, of large ones every look takes some parameters, and the next look the next."""

    def __init__(self) -> None:
        self._next = 0
        self._copies: dict[str, Tensor] = {}

    def before(self, model: nn.Module, whole: bool = False) -> Before:
        """What there is to know before a step; with `whole` copies of all, whatever they take."""
        named = {name: p.detach() for name, p in unwrapped(model).named_parameters() if not is_lazy(p)}
        named = {name: p for name, p in named.items() if not p.is_meta and p.numel()}
        chosen = named if whole else self._choose(named)
        copies = self._copy({name: local(named[name]) for name in chosen})
        others = {name: local(p) for name, p in named.items() if name not in copies}
        return Before(copies, dict(zip(others, kernels.norms(others.values()), strict=True)))

    def _copy(self, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        """Over those of the last look where they are alike: new memory takes longer than filling it."""
        if [*map(_form, tensors.values())] != [*map(_form, self._copies.values())]:
            with torch.inference_mode(False):  # what is made in that mode can be filled in no other
                self._copies = {name: torch.empty_like(tensor) for name, tensor in tensors.items()}
        copies = dict(zip(tensors, self._copies.values(), strict=True))
        if tensors:
            torch._foreach_copy_([*copies.values()], [*tensors.values()])
        return copies

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


def _form(tensor: Tensor) -> tuple[Any, ...]:
    return tensor.shape, tensor.stride(), tensor.dtype, tensor.device


def local(tensor: Any) -> Any:
    """Of a sharded tensor this rank's shard: to gather the whole would take memory and every rank at once."""
    return tensor.to_local() if hasattr(tensor, "to_local") else tensor

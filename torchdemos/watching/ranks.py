"""How the ranks of a distributed run merge what they captured, without a collective.

A collective that not all ranks enter hangs the training for good, and it takes its place in the order of
all communication. So the ranks use the key-value store through which torch.distributed was set up:
nobody waits longer than `PATIENCE`, and training is never involved.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import count
from typing import Any, TypeVar

from torch import distributed

from torchdemos.watching.packing import packed, unpacked

_exchanges_by_name: defaultdict[str, Iterator[int]] = defaultdict(count)
PATIENCE = timedelta(seconds=30)
T = TypeVar("T")


def rank() -> int:
    """This process's number in the distributed run; 0 if there is none."""
    return distributed.get_rank() if _is_distributed() else 0


def size() -> int:
    """How many processes train together."""
    return distributed.get_world_size() if _is_distributed() else 1


class Exchange:
    """Merges what all ranks have, in rounds. Every rank makes the exchanges of one name in the same order.

    `alone` says that there is no other rank, that it is to be so as if there were none, or that one did not answer:
    from then on this rank keeps to its own values.
    """

    def __init__(self, name: str, alone: bool = False) -> None:
        self.alone = self._single = alone or not _is_distributed() or distributed.get_world_size() == 1
        if not self._single:
            store = distributed.distributed_c10d._get_default_store()
            place = f"torchdemos/{name}/{next(_exchanges_by_name[name])}"
            self._store = distributed.distributed_c10d.PrefixStore(place, store)
        self._round = 0
        self._last_keys: list[str] = []

    def merged(self, step: int, own: T, merge: Callable[[Sequence[T]], T]) -> T:
        """Return what `merge` makes of all ranks' values, the same on every rank; of this rank's alone if `alone`."""
        if self._single:
            return own
        if self.alone:
            return merge([own])
        self._round += 1
        try:
            return self._gather(step, own, merge) if rank() == 0 else self._give(step, own)
        except RuntimeError:  # the store gave up waiting, or the process that keeps it is gone
            self.alone = True
            return merge([own])

    def _gather(self, step: int, own: T, merge: Callable[[Sequence[T]], T]) -> T:
        others = [self._wait(f"{self._round}/{step}/{r}", PATIENCE) for r in range(1, distributed.get_world_size())]
        whole = merge([unpacked(packed(own)), *others])
        self._store.set(f"{self._round}/{step}", packed(whole))  # type: ignore[arg-type]  # it takes bytes as well
        for key in self._last_keys:  # by now every rank has the last round's result
            self._store.delete_key(key)
        self._last_keys = [f"{self._round}/{step}", *(f"{self._round}/{step}/{r}" for r in range(1, len(others) + 1))]
        return whole

    def _give(self, step: int, own: Any) -> Any:
        self._store.set(f"{self._round}/{step}/{rank()}", packed(own))  # type: ignore[arg-type]
        return self._wait(f"{self._round}/{step}", 2 * PATIENCE)

    def _wait(self, key: str, patience: timedelta) -> Any:
        self._store.wait([key], patience)
        return unpacked(self._store.get(key))


def _is_distributed() -> bool:
    return distributed.is_available() and distributed.is_initialized()

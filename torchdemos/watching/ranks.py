"""What the ranks of a distributed run tell each other about a look, without a collective.

A collective that not all ranks enter hangs the training for good, and it takes part in the order of
everybody's communication. So the ranks leave word in the key-value store through which
torch.distributed was set up: nobody waits longer than `PATIENCE`, and training is never involved.
"""

import io
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import count
from typing import Any, TypeVar

import torch
from torch import distributed

_numbers: defaultdict[str, Iterator[int]] = defaultdict(count)
PATIENCE = timedelta(seconds=30)
T = TypeVar("T")


def rank() -> int:
    """This process's place in the distributed run, 0 if there is none."""
    return distributed.get_rank() if _distributed() else 0


class Exchange:
    """Brings together what all ranks have, in rounds; every rank makes those of one name in the same order.

    `alone` says that there is no other rank, or that one did not answer: from then on this rank
    goes its own way.
    """

    def __init__(self, name: str) -> None:
        self.alone = self._single = not _distributed() or distributed.get_world_size() == 1
        if not self._single:
            store = distributed.distributed_c10d._get_default_store()
            place = f"torchdemos/{name}/{next(_numbers[name])}"
            self._store = distributed.distributed_c10d.PrefixStore(place, store)
        self._round = 0
        self._read: list[str] = []

    def unite(self, step: int, mine: T, join: Callable[[Sequence[T]], T]) -> T:
        """What `join` makes of all ranks' values, on every rank; of this rank's alone where `alone`."""
        if self._single:
            return mine
        if self.alone:
            return join([mine])
        self._round += 1
        try:
            return self._gather(step, mine, join) if rank() == 0 else self._give(step, mine)
        except RuntimeError:  # the store gave up waiting, or whoever keeps it is gone
            self.alone = True
            return join([mine])

    def _gather(self, step: int, mine: T, join: Callable[[Sequence[T]], T]) -> T:
        others = [self._wait(f"{self._round}/{step}/{r}", PATIENCE) for r in range(1, distributed.get_world_size())]
        whole = join([_unpack(_pack(mine)), *others])
        self._store.set(f"{self._round}/{step}", _pack(whole))  # type: ignore[arg-type]  # bytes are as good
        for key in self._read:  # by now every rank has the last round's result
            self._store.delete_key(key)
        self._read = [f"{self._round}/{step}", *(f"{self._round}/{step}/{r}" for r in range(1, len(others) + 1))]
        return whole

    def _give(self, step: int, mine: Any) -> Any:
        self._store.set(f"{self._round}/{step}/{rank()}", _pack(mine))  # type: ignore[arg-type]
        return self._wait(f"{self._round}/{step}", 2 * PATIENCE)

    def _wait(self, key: str, patience: timedelta) -> Any:
        self._store.wait([key], patience)
        return _unpack(self._store.get(key))


def _pack(value: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def _unpack(packed: bytes) -> Any:
    """Tensors come back on the CPU, from whatever device they were on."""
    return torch.load(io.BytesIO(packed), map_location="cpu", weights_only=False)


def _distributed() -> bool:
    return distributed.is_available() and distributed.is_initialized()

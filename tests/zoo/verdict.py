"""What a check finds, and when two things are the same."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves


@dataclass
class Verdict:
    """`right` of `of`; `gaps` count what is missing by its explanation; `faults` have none."""

    right: int = 0
    of: int = 0
    gaps: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.right}/{self.of}" + "".join(f"; {fault}" for fault in self.faults)


def count(gaps: dict[str, int], why: str, times: int = 1) -> None:
    if times:
        gaps[why] = gaps.get(why, 0) + times


def same(a: Tensor, b: Tensor) -> bool:
    return a.dtype == b.dtype and a.shape == b.shape and digest(a) == digest(b)


def digest(tree: Any) -> str:
    """A fingerprint of all bits in a nest of tensors, arrays and plain values."""
    bits = sha1()
    for leaf in tree_leaves(tree):
        if isinstance(leaf, Tensor):
            leaf = leaf.detach().contiguous().reshape(-1).view(torch.uint8).numpy() if leaf.numel() else leaf.shape
        bits.update(leaf if isinstance(leaf, np.ndarray) else repr(leaf).encode())
    return bits.hexdigest()


@contextmanager
def only_new_objects() -> Iterator[None]:
    """Garbage collection inside the block looks at nothing older: there may be millions."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()

"""The threads that PyTorch computes with, for loops of our own.

A second pool beside theirs would fight them for the cores, and threads that wait too long must be woken. So a loop is
handed to the very pool that has just computed the tensor: OpenMP's, through the library that PyTorch brings with it.
"""

import ctypes
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch

ENOUGH = 2**15  # numbers from which it is worth calling anybody: with fewer the call costs what it saves


class Team(NamedTuple):
    """At most `size` threads; where OpenMP's functions are that send them, tell them apart, and say how many came."""

    size: int
    fork: int = 0
    number: int = 0
    came: int = 0


ALONE = Team(1)


def team(numbers: int) -> Team:
    """Those to share a loop over so many numbers with: as many as PyTorch uses, or nobody."""
    if numbers < ENOUGH or (threads := torch.get_num_threads()) == 1:
        return ALONE
    found = _openmp()
    return Team(threads, *found) if found else ALONE


@cache
def _openmp() -> list[int] | None:
    """Where GNU OpenMP's functions are; None where PyTorch computes with another kind of pool."""
    path = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
    if sys.platform != "linux" or not path.exists():
        return None
    try:
        library = ctypes.CDLL(str(path))
        functions = library.GOMP_parallel, library.omp_get_thread_num, library.omp_get_num_threads
    except (OSError, AttributeError):
        return None
    return [ctypes.cast(function, ctypes.c_void_p).value or 0 for function in functions]

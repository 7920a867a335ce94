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

ENOUGH = 2**16  # numbers from which it is worth calling anybody


class Team(NamedTuple):
    """`size` threads; at `fork` and `number` are OpenMP's functions that send them and tell them apart."""

    size: int
    fork: int = 0
    number: int = 0


ALONE = Team(1)


def team(numbers: int) -> Team:
    """Those to share a loop over so many numbers with: as many as PyTorch uses, or nobody."""
    if numbers < ENOUGH or (threads := torch.get_num_threads()) == 1:
        return ALONE
    found = _openmp()
    return Team(threads, *found) if found else ALONE


@cache
def _openmp() -> tuple[int, int] | None:
    """Where GNU OpenMP's functions are; None where PyTorch computes with another kind of pool."""
    path = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
    if sys.platform != "linux" or not path.exists():
        return None
    try:
        library = ctypes.CDLL(str(path))
        functions = library.GOMP_parallel, library.omp_get_thread_num
    except (OSError, AttributeError):
        return None
    fork, number = (ctypes.cast(function, ctypes.c_void_p).value for function in functions)
    return (fork, number) if fork and number else None

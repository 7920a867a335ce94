"""Loops shared among the threads that PyTorch itself computes with, through the OpenMP library that PyTorch loads.

What is called: three functions of GNU OpenMP. `GOMP_parallel` runs a function on several threads and waits for all of
them; `omp_get_thread_num` and `omp_get_num_threads` tell each thread which part of the work is its own. Compiled loops
reach them by their addresses in `libtorch_cpu.so`, because PyTorch has no Python function that runs a loop on its pool.

Why: these were measured on two cores; the numbers are what the statistics of a watched step add to a bare step, for a
CNN and for ResNet-18 (workloads W2 and W3 of `benchmarks/`):

- PyTorch's own threads: 0.07 and 0.04.
- One thread: 0.11 and 0.05.
- PyTorch's own reductions, which read a tensor several times: 0.26 and 0.15.
- Numba's `prange` on its OpenMP layer: 0.08 and 0.05. It sets `torch.get_num_threads()` to the number of cores, which
  changes the numbers of the watched training, it kills a forked child, and it needs a `libgomp.so.1.0.0` that the
  wheels of PyTorch and Numba do not bring.
- Numba's `prange` on its workqueue layer, without that library: 0.15 and 0.12. It aborts a process in which two Python
  threads look at once.

Where: on Linux, with a PyTorch that computes with GNU OpenMP, as the wheels on PyPI do. Elsewhere (macOS, Windows,
a PyTorch with another thread pool), in a forked child and for small tensors, `threads_for` is 1: the same loops run on
the calling thread, and their results differ by rounding only.
"""

import ctypes
import os
import sys
from pathlib import Path

import numpy as np
import torch
from llvmlite import binding
from numba import types

from torchdemos.stats.compiler import address_of, compiled

MIN_PARALLEL_ELEMENTS = 2**15  # with fewer, calling threads costs as much time as they save
NOWHERE = 1  # stands for the addresses where there is no OpenMP: `threads_for` is then 1, so nobody calls it
FUNCTIONS = ("GOMP_parallel", "omp_get_thread_num", "omp_get_num_threads")


def _addresses() -> dict[str, int]:
    """Addresses of `FUNCTIONS` in the library that PyTorch computes with; none where it does not use GNU OpenMP."""
    path = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
    if sys.platform != "linux" or not path.exists():
        return {}
    try:
        library = ctypes.CDLL(str(path))
        return {name: ctypes.cast(library[name], ctypes.c_void_p).value or NOWHERE for name in FUNCTIONS}
    except (OSError, AttributeError):
        return {}


ADDRESSES = _addresses()
PROCESS = os.getpid()
for _name in FUNCTIONS:  # names of our own, because OpenMP's own names may mean a second copy of the library
    binding.add_symbol(f"torchdemos_{_name}", ADDRESSES.get(_name, NOWHERE))
_run_on_threads = types.ExternalFunction(
    "torchdemos_GOMP_parallel", types.void(types.intp, types.intp, types.uint32, types.uint32)
)
_thread_number = types.ExternalFunction("torchdemos_omp_get_thread_num", types.int32())
_thread_count = types.ExternalFunction("torchdemos_omp_get_num_threads", types.int32())


def threads_for(elements: int) -> int:
    """How many threads share a loop over so many elements: as many as PyTorch uses, or 1.

    A forked child has none of its parent's threads, so OpenMP would wait for them forever, as PyTorch's own operations
    do there.
    """
    if elements < MIN_PARALLEL_ELEMENTS or not ADDRESSES or os.getpid() != PROCESS:
        return 1
    return torch.get_num_threads()


@compiled
def run_on_threads(callback, task, threads):
    """Call a `compiled_callback` (its address) on each thread with the address of `task`, and wait for all.

    It is a function of its own because its argument keeps `task` alive; Numba frees an array after its last use.
    """
    _run_on_threads(callback, address_of(task), threads, 0)


@compiled
def thread_place():
    """Return this thread's number and the number of threads: OpenMP may run fewer than it was asked for."""
    return np.int64(_thread_number()), np.int64(_thread_count())


@compiled
def part_of(count, thread, threads):
    """Return where this thread's part of `count` items begins and ends."""
    return count * thread // threads, count * (thread + 1) // threads

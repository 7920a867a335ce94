"""Loops on PyTorch's own threads: sound on any number of threads, after a fork and after an exception."""

import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from odd_tensors import normal
from torch import Tensor

from torchdemos.stats import kernels, openmp
from torchdemos.stats.compiler import compiled_callback, integers
from torchdemos.stats.vectors import Float64Array

HAS_OPENMP = any((Path(torch.__file__).parent / "lib").glob("libgomp*"))
LARGE = 10**6


@pytest.fixture
def threads() -> Iterator[Callable[[int], None]]:
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def everything(x: Tensor) -> Float64Array:
    """What each of the loops finds in one tensor."""
    loops = (
        kernels.output_statistics(x, 1),
        kernels.norm_and_abs_max(x),
        kernels.norms([x]),
        kernels.distances([(x, 2 * x)]),
    )
    return [float(number) for found in loops for number in found]


def in_a_process(code: str, **environment: str) -> list[float]:
    """The numbers that a Python of its own prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=True
    )
    return [*map(float, done.stdout.split())]


def test_a_large_tensor_has_pytorchs_threads_and_a_small_one_has_one(threads: Callable[[int], None]) -> None:
    threads(3)
    assert openmp.threads_for(10) == 1 and openmp.threads_for(LARGE) == (3 if HAS_OPENMP else 1)
    threads(1)
    assert openmp.threads_for(LARGE) == 1


@pytest.mark.parametrize("size", [(300, 700), (2, 200_000), (70, 9, 20, 20), (70, 40, 3, 3), (1, 3, 200, 200)])
def test_a_changed_number_of_threads_changes_no_number(size: tuple[int, ...], threads: Callable[[int], None]) -> None:
    x, found = normal(*size), []
    for number in (1, 3, 2, 1):
        threads(number)
        found.append(everything(x))
        assert torch.get_num_threads() == number
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], rtol=1e-9, atol=1e-9)


def test_threads_that_openmp_does_not_start_leave_no_work_undone() -> None:
    code = (
        "import torch; from torchdemos.stats import kernels; torch.set_num_threads(3); x = torch.ones(1000, 300);"
        "print(*kernels.output_statistics(x, 1)[:2], *kernels.norm_and_abs_max(x), *kernels.norms([x]),"
        "*kernels.distances([(x, 0 * x)]))"
    )
    root = math.sqrt(300_000)
    assert in_a_process(code, OMP_THREAD_LIMIT="2") == pytest.approx([1, 0, root, 1, root, root])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_looks_alone_and_its_parent_goes_on_with_its_threads() -> None:
    code = """
import os, signal, torch
from torchdemos.stats import kernels, openmp

def look():
    shared = openmp.threads_for(x.numel()) > 1
    print(int(shared), *kernels.output_statistics(x, 1)[:2], *kernels.norms([x]), flush=True)

torch.set_num_threads(3)
x = torch.ones(1000, 300)
look()
if not os.fork():
    signal.alarm(60)  # a child that waits for its parent's threads would wait forever
    look()
    os._exit(0)
assert os.waitstatus_to_exitcode(os.wait()[1]) == 0
look()
"""
    root = math.sqrt(300_000)
    parent = int(HAS_OPENMP), 1, 0, root
    assert in_a_process(code) == pytest.approx([*parent, 0, 1, 0, root, *parent])


def test_where_pytorch_has_no_openmp_the_loops_run_on_one_thread() -> None:
    code = """
import ctypes, torch
from torchdemos.stats import compiler, kernels

def no_library(path):
    raise OSError(path)

ctypes.CDLL = no_library
from torchdemos.stats import openmp
torch.set_num_threads(3)
x = torch.ones(1000, 300)
print(openmp.threads_for(x.numel()), *kernels.output_statistics(x, 1)[:2], *kernels.norms([x]))
"""
    assert in_a_process(code) == pytest.approx([1, 1, 0, math.sqrt(300_000)])


@pytest.mark.skipif(not HAS_OPENMP, reason="this PyTorch does not use GNU OpenMP")
def test_an_exception_in_a_loop_leaves_the_other_threads_work_and_the_next_loops_sound(
    threads: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    @compiled_callback
    def first_thread_fails(task):
        thread, _ = openmp.thread_place()
        if thread == 0:
            raise ValueError
        integers(task, (3,))[thread] = 1

    threads(3)
    x, heard, done = normal(300, 700), [], np.zeros(3, np.int64)
    expected = everything(x)
    monkeypatch.setattr(sys, "unraisablehook", lambda report: heard.append(report.exc_type))
    openmp.run_on_threads(first_thread_fails.address, done, 3)
    assert heard == [ValueError] and done.tolist() == [0, 1, 1]
    assert np.array_equal(everything(x), expected) and torch.ones(LARGE).sum() == LARGE


def test_an_exception_around_a_loop_leaves_the_next_loops_sound(threads: Callable[[int], None]) -> None:
    threads(3)
    x = normal(300, 700).requires_grad_()
    expected = everything(x)

    def hook(gradient: Tensor) -> None:
        everything(gradient)
        raise RuntimeError("in a hook, behind a loop")

    x.register_hook(hook)
    with pytest.raises(RuntimeError, match="behind a loop"):
        (2 * x).sum().backward()
    assert np.array_equal(everything(x), expected) and torch.ones(LARGE).sum() == LARGE


def test_trainings_in_several_python_threads_may_look_at_once(threads: Callable[[int], None]) -> None:
    threads(2)
    tensors = [normal(300, 700, seed=seed) for seed in range(4)]
    expected = [everything(x) for x in tensors]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            assert all(map(np.array_equal, pool.map(everything, tensors), expected))

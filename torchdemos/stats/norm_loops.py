"""Norms of gradients, parameters and steps in one pass over each, compiled by Numba; threads share large tensors.

Sums are in float64, which has room for the square of every float32 number.
"""

import numpy as np
from torch import Tensor

from torchdemos.stats.compiler import (
    MAGNITUDE_BITS,
    address_of,
    compiled,
    compiled_callback,
    doubles,
    float_from_bits,
    floats,
    integers,
)
from torchdemos.stats.openmp import part_of, run_on_threads, thread_place, threads_for
from torchdemos.stats.vectors import Float64Array

MIN_SHARED_ELEMENTS = 4096  # in one tensor of many; the first thread takes a smaller one alone


@compiled
def _square_and_largest(x):
    """Return the sum of squares of x [elements] and the bits of the largest magnitude."""
    bits = x.view(np.int32)
    total, largest = 0.0, np.int32(0)
    for i in range(x.shape[0]):
        largest = np.int32(max(largest, np.int32(bits[i] & MAGNITUDE_BITS)))
        total += np.float64(x[i]) * np.float64(x[i])
    return total, largest


@compiled
def _square_and_largest_of_part(address, count, slot):
    found = doubles(slot, (2,))
    square, largest = _square_and_largest(floats(address, (count,)))
    found[0] += square
    found[1] = max(found[1], largest)


@compiled_callback
def _square_and_largest_on_thread(task):
    address, count, slots = integers(task, (3,))
    thread, threads = thread_place()
    begin, end = part_of(count, thread, threads)
    _square_and_largest_of_part(address + 4 * begin, end - begin, slots + 16 * thread)


@compiled
def _add_square_and_largest(address, count, found, threads, callback):
    if threads == 1:
        _square_and_largest_of_part(address, count, address_of(found))
        return
    slots = np.zeros((threads, 2))
    run_on_threads(callback, np.array([address, count, address_of(slots)]), threads)
    for slot in slots:
        found[0] += slot[0]
        found[1] = max(found[1], slot[1])


def add_square_and_largest(x: Tensor, found: Float64Array) -> None:
    """Add the sum of squares of a contiguous float32 tensor to found[0], and raise found[1] to its largest magnitude.

    `found` starts as zeros [2], and found[1] holds the magnitude's bits until `finish_norm_and_abs_max`.
    """
    _add_square_and_largest(
        x.data_ptr(), x.numel(), found, threads_for(x.numel()), _square_and_largest_on_thread.address
    )


@compiled
def finish_norm_and_abs_max(found):
    """Turn what `add_square_and_largest` left into the norm and the largest magnitude, in place."""
    found[0], found[1] = np.sqrt(found[0]), float_from_bits(found[1])


@compiled
def _sum_of_squares(x):
    total = 0.0
    for i in range(x.shape[0]):
        total += np.float64(x[i]) * np.float64(x[i])
    return total


@compiled
def _sum_of_squared_differences(x, y):
    total = 0.0
    for i in range(x.shape[0]):
        difference = np.float64(y[i]) - np.float64(x[i])
        total += difference * difference
    return total


@compiled
def _part(count, thread, threads):
    """Where this thread's part of a tensor begins and ends; the first thread has all of a small one."""
    if count < MIN_SHARED_ELEMENTS:
        return 0, count if thread == 0 else 0
    return part_of(count, thread, threads)


@compiled
def _squares_of_part(table, tensors, slot, thread, threads):
    """Write this thread's part of each tensor's sum of squares to a slot [tensors].

    It starts with the last tensor: an optimizer's step goes the other way and leaves the last ones in the cache.
    """
    found, rows = doubles(slot, (tensors,)), integers(table, (tensors, 3))
    for i in range(tensors - 1, -1, -1):
        address, other, count = rows[i]
        begin, end = _part(count, thread, threads)
        x = floats(address + 4 * begin, (end - begin,))
        if other:
            found[i] = _sum_of_squared_differences(x, floats(other + 4 * begin, (end - begin,)))
        else:
            found[i] = _sum_of_squares(x)


@compiled_callback
def _squares_on_thread(task):
    table, tensors, slots = integers(task, (3,))
    thread, threads = thread_place()
    _squares_of_part(table, tensors, slots + 8 * thread * tensors, thread, threads)


@compiled
def _norms(table, threads, callback):
    tensors = len(table)
    slots = np.zeros((threads, tensors))
    if threads == 1:
        _squares_of_part(address_of(table), tensors, address_of(slots), 0, 1)
    else:
        run_on_threads(callback, np.array([address_of(table), tensors, address_of(slots)]), threads)
    return np.sqrt(slots.sum(0))


def norms(table: list[tuple[int, int, int]]) -> Float64Array:
    """Norms of many contiguous float32 tensors, or of the differences of two: float64 [tensors].

    Each row of the table is the address of a tensor, the address of the other one or 0, and the number of elements.
    """
    threads = threads_for(sum([count for _, _, count in table]))
    found: Float64Array = _norms(np.array(table), threads, _squares_on_thread.address)
    return found

"""Statistics of a layer's output in one pass over it, compiled by Numba; threads share a large output.

Sums are in float64, which has room for the square of every float32 number, so nothing under- or overflows. Magnitudes
are compared by their bits, whose order is that of the numbers (IEEE 754). NaN compares greater than infinity, so the
largest magnitude tells whether all numbers are finite. Each thread adds up in a slot of its own, and the slots are
added at the end.
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
from torchdemos.stats.summaries import OUTPUT_STATISTICS
from torchdemos.stats.vectors import Float64Array

LARGEST_FINITE_BITS = 0x7F7FFFFF  # the largest finite float32
MIN_RELATIVE_VARIANCE = 1e-4  # of the mean square; below, rounding spoils a variance that is computed as a difference
MIN_CHANNEL_ELEMENTS = 128  # in a channel of one sample; below, it is faster to add across samples first
SCALARS = len(OUTPUT_STATISTICS)  # statistics before the moments of the units


@compiled
def _add_rows(x, total, square):
    """Add x [rows, columns] and its squares to sums [columns].

    Returns the bits of the largest magnitude and the number of zeros, as int32: int64 takes twice as long. Four rows
    are added at a time, because reading and writing a sum costs more than the addition.
    """
    bits, whole = x.view(np.int32), x.shape[0] // 4 * 4
    largest, zeros = np.int32(0), np.int32(0)
    for i in range(0, whole, 4):
        row0, row1, row2, row3 = x[i], x[i + 1], x[i + 2], x[i + 3]
        bits0, bits1, bits2, bits3 = bits[i], bits[i + 1], bits[i + 2], bits[i + 3]
        for j in range(x.shape[1]):
            a, b, c, d = np.float64(row0[j]), np.float64(row1[j]), np.float64(row2[j]), np.float64(row3[j])
            total[j] += (a + b) + (c + d)
            square[j] += (a * a + b * b) + (c * c + d * d)
            p, q = np.int32(bits0[j] & MAGNITUDE_BITS), np.int32(bits1[j] & MAGNITUDE_BITS)
            r, s = np.int32(bits2[j] & MAGNITUDE_BITS), np.int32(bits3[j] & MAGNITUDE_BITS)
            largest = np.int32(max(largest, np.int32(max(np.int32(max(p, q)), np.int32(max(r, s))))))
            zeros = np.int32(zeros + np.int32(p == 0) + np.int32(q == 0) + np.int32(r == 0) + np.int32(s == 0))
    for i in range(whole, x.shape[0]):
        row, row_bits = x[i], bits[i]
        for j in range(x.shape[1]):
            total[j] += np.float64(row[j])
            square[j] += np.float64(row[j]) * np.float64(row[j])
            magnitude = np.int32(row_bits[j] & MAGNITUDE_BITS)
            largest, zeros = np.int32(max(largest, magnitude)), np.int32(zeros + np.int32(magnitude == 0))
    return largest, zeros


@compiled
def _add_channels(x, total, square):
    """Add x [outer, units, inner] and its squares to sums [units], and return what `_add_rows` does."""
    bits = x.view(np.int32)
    largest, zeros = np.int32(0), np.int32(0)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            row, row_bits = x[i, j], bits[i, j]
            added, squared = 0.0, 0.0
            for k in range(x.shape[2]):
                added += np.float64(row[k])
                squared += np.float64(row[k]) * np.float64(row[k])
                magnitude = np.int32(row_bits[k] & MAGNITUDE_BITS)
                largest = np.int32(max(largest, magnitude))
                zeros = np.int32(zeros + np.int32(magnitude == 0))
            total[j] += added
            square[j] += squared
    return largest, zeros


@compiled
def _columns(units, inner):
    """How many sums are kept of elements [outer, units, inner]: one a unit, or one for each of its inner elements."""
    return units * inner if inner < MIN_CHANNEL_ELEMENTS else units


@compiled
def _add_part(address, outer, units, inner, slot):
    """Add elements [outer, units, inner] to a slot [2 + 2 columns]: bits of the largest magnitude, zeros, sums."""
    columns = _columns(units, inner)
    found = doubles(slot, (2 + 2 * columns,))
    total, square = found[2 : 2 + columns], found[2 + columns :]
    if columns < units * inner:
        largest, zeros = _add_channels(floats(address, (outer, units, inner)), total, square)
    else:
        largest, zeros = _add_rows(floats(address, (outer, columns)), total, square)
    found[0] = max(found[0], largest)
    found[1] += zeros


@compiled_callback
def _add_on_thread(task):
    address, outer, units, inner, slots = integers(task, (5,))
    thread, threads = thread_place()
    begin, end = part_of(outer, thread, threads)
    slot = slots + 8 * thread * (2 + 2 * _columns(units, inner))
    _add_part(address + 4 * begin * units * inner, end - begin, units, inner, slot)


@compiled
def _add_slots(slots, result, columns_per_unit):
    for slot in slots:
        result[0] = max(result[0], slot[0])
        result[1] += slot[1]
        for i in range(2, len(result)):
            for j in range(2 + (i - 2) * columns_per_unit, 2 + (i - 1) * columns_per_unit):
                result[i] += slot[j]


@compiled
def _add(address, outer, units, inner, found, threads, callback):
    columns, end = _columns(units, inner), address_of(found) + 8 * (SCALARS - 2)
    if threads == 1 and columns == units:
        _add_part(address, outer, units, inner, end)
        return
    slots = np.zeros((threads, 2 + 2 * columns))
    if threads == 1:
        _add_part(address, outer, units, inner, address_of(slots))
    else:
        run_on_threads(callback, np.array([address, outer, units, inner, address_of(slots)]), threads)
    _add_slots(slots, doubles(end, (2 + 2 * units,)), columns // units)


def add(x: Tensor, outer: int, units: int, inner: int, found: Float64Array) -> None:
    """Add the elements of a contiguous float32 tensor [outer, units, inner] to `found` [SCALARS + 2 units].

    `found` starts as zeros. Its end holds, until `finish`, the bits of the largest magnitude, the number of zeros, and
    the sums and sums of squares of the units.
    """
    _add(x.data_ptr(), outer, units, inner, found, threads_for(x.numel()), _add_on_thread.address)


@compiled
def finish(found, units, count):
    """Turn what `add` left of `count` elements into `kernels.output_statistics`, in place.

    Returns whether they hold: not if some element is not finite, or if the standard deviation is too small beside the
    mean to be computed from the sums.
    """
    largest, zeros, moments = found[SCALARS - 2], found[SCALARS - 1], found[SCALARS:]
    moments *= units / count
    mean, square = moments[:units].sum() / units, moments[units:].sum() / units
    variance = square - mean * mean
    found[0], found[1], found[2] = mean, np.sqrt(max(variance, 0.0)), float_from_bits(largest)
    found[3], found[4], found[5] = zeros / count, 1.0, np.sum(moments[units:] == 0) / units
    return largest <= LARGEST_FINITE_BITS and (variance > MIN_RELATIVE_VARIANCE * square or square == 0)


@compiled
def _sums_around(address, count, centre):
    x = floats(address, (count,))
    total, square = 0.0, 0.0
    for i in range(x.shape[0]):
        difference = np.float64(x[i]) - centre
        total += difference
        square += difference * difference
    return total, square


def sums_around(x: Tensor, centre: float) -> tuple[float, float]:
    """Sum of the differences between the elements of a contiguous float32 tensor and `centre`, and of their squares."""
    total, square = _sums_around(x.data_ptr(), x.numel(), centre)
    return total, square

"""Loops over float32 numbers in memory with sums in float64, compiled by Numba.

The square of every float32 number has a place in float64, so nothing under- or overflows. Magnitudes are compared by
their bits, which are in the same order (IEEE 754); NaN comes out above infinity, and so it shows.
"""

from typing import Any

import numpy as np
from numba import carray, njit, types  # type: ignore[attr-defined]
from numba.extending import intrinsic

MAGNITUDE = np.int32(0x7FFFFFFF)  # all bits but the sign's
FINITE = np.int32(0x7F7FFFFF)  # those of the largest finite number
LOST = 1e-4  # the share of the mean square below which a variance is not to be had from it
# Sums in any order, NaN kept.
QUICK: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract"}}


def compiled(function: Any) -> Any:
    """Kept on disk, so that only the first look ever waits for the compiler."""
    try:
        return njit(cache=True, **QUICK)(function)
    except RuntimeError:  # no folder to keep it in
        return njit(**QUICK)(function)


@compiled
def sum_of_squares(x):
    """Of x [numbers]."""
    total = 0.0
    for i in range(x.shape[0]):
        total += np.float64(x[i]) * np.float64(x[i])
    return total


@compiled
def sums_of_a_step(x, y):
    """Squares of x [numbers], and of its differences from y [numbers]."""
    total, moved = 0.0, 0.0
    for i in range(x.shape[0]):
        start = np.float64(x[i])
        away = np.float64(y[i]) - start
        total += start * start
        moved += away * away
    return total, moved


@intrinsic
def pointer(typing, address):
    """An address as Numba's `carray` takes it."""
    signature = types.voidptr(types.uintp)
    return signature, lambda context, builder, signature, given: builder.inttoptr(
        given[0], context.get_value_type(types.voidptr)
    )


@compiled
def norms(places, counts):
    """Of tensors that begin at addresses in memory, each with so many numbers: [tensors]."""
    found = np.empty(len(counts))
    for i in range(len(counts)):
        found[i] = np.sqrt(sum_of_squares(carray(pointer(places[i, 0]), (counts[i],), np.float32)))
    return found


@compiled
def steps(places, counts):
    """The same of pairs, with the norms of the differences within each: [tensors, 2]."""
    found = np.empty((len(counts), 2))
    for i in range(len(counts)):
        start = carray(pointer(places[i, 0]), (counts[i],), np.float32)
        end = carray(pointer(places[i, 1]), (counts[i],), np.float32)
        total, moved = sums_of_a_step(start, end)
        found[i, 0], found[i, 1] = np.sqrt(total), np.sqrt(moved)
    return found


@compiled
def sums_around(x, centre):
    """Of the distances of x [numbers] from one number, and of their squares."""
    total, square = 0.0, 0.0
    for i in range(x.shape[0]):
        away = np.float64(x[i]) - centre
        total += away
        square += away * away
    return total, square


@compiled
def largest_and_zeros(x):
    """Bits of the largest magnitude in x [numbers], and how many are 0; as int32, for int64 takes twice as long."""
    bits = x.view(np.int32)
    largest, zeros = np.int32(0), np.int32(0)
    for i in range(bits.shape[0]):
        magnitude = np.int32(bits[i] & MAGNITUDE)
        largest = np.int32(max(largest, magnitude))
        zeros = np.int32(zeros + np.int32(magnitude == 0))
    return largest, zeros


@compiled
def square_and_largest(x):
    """Of x [numbers] the sum of squares and the bits of the largest magnitude."""
    bits = x.view(np.int32)
    total, largest = 0.0, np.int32(0)
    for i in range(x.shape[0]):
        largest = np.int32(max(largest, np.int32(bits[i] & MAGNITUDE)))
        total += np.float64(x[i]) * np.float64(x[i])
    return total, largest


@compiled
def number(bits):
    """What 32 bits stand for."""
    return np.float64(np.int32(bits).view(np.float32))


@compiled
def add_rows(x, sums):
    """Add x [rows, units] and its squares to sums [2, units]: four rows at a time, for a sum costs more than adding.

    Returns what `largest_and_zeros` does, of each four rows while they are still in the cache.
    """
    total, square = sums[0], sums[1]
    rows, units = x.shape
    largest, zeros = np.int32(0), np.int32(0)
    whole = rows // 4
    fours = x[: 4 * whole].reshape(whole, 4, units)
    for i in range(whole):
        a, b, c, d = fours[i, 0], fours[i, 1], fours[i, 2], fours[i, 3]
        for j in range(units):
            e, f, g, h = np.float64(a[j]), np.float64(b[j]), np.float64(c[j]), np.float64(d[j])
            total[j] += (e + f) + (g + h)
            square[j] += (e * e + f * f) + (g * g + h * h)
        high, none = largest_and_zeros(fours[i].reshape(-1))
        largest, zeros = np.int32(max(largest, high)), np.int32(zeros + none)
    for i in range(4 * whole, rows):
        row = x[i]
        for j in range(units):
            total[j] += np.float64(row[j])
            square[j] += np.float64(row[j]) * np.float64(row[j])
        high, none = largest_and_zeros(row)
        largest, zeros = np.int32(max(largest, high)), np.int32(zeros + none)
    return largest, zeros


@compiled
def add_channels(x, sums):
    """The same of x [samples, units, numbers], in one loop over the numbers."""
    bits = x.view(np.int32)
    samples, units, numbers = x.shape
    largest, zeros = np.int32(0), np.int32(0)
    for i in range(samples):
        for j in range(units):
            row, magnitudes = x[i, j], bits[i, j]
            total, square = 0.0, 0.0
            for k in range(numbers):
                total += np.float64(row[k])
                square += np.float64(row[k]) * np.float64(row[k])
                magnitude = np.int32(magnitudes[k] & MAGNITUDE)
                largest = np.int32(max(largest, magnitude))
                zeros = np.int32(zeros + np.int32(magnitude == 0))
            sums[0, j] += total
            sums[1, j] += square
    return largest, zeros


@compiled
def finish(sums, largest, zeros, count, summary):
    """Make means of the sums [2, units] of so many numbers, and fill their `exact.summary` [5].

    False if the numbers must be read again for it: their spread is lost beside their mean, or not all are finite.
    """
    units = sums.shape[1]
    sums *= units / count
    mean, square = sums[0].sum() / units, sums[1].sum() / units
    variance = square - mean * mean
    summary[0], summary[1], summary[2] = mean, np.sqrt(max(variance, 0.0)), number(largest)
    summary[3], summary[4] = zeros / count, 1.0
    return largest <= FINITE and (variance > LOST * square or square == 0)

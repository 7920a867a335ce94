"""Loops over float32 numbers in memory with sums in float64, compiled by Numba.

The square of every float32 number has a place in float64, so nothing under- or overflows. Magnitudes are compared by
their bits, which are in the same order (IEEE 754); NaN comes out above infinity, and so it shows.
"""

import numpy as np

from torchdemos.stats.native import compiled

MAGNITUDE = np.int32(0x7FFFFFFF)  # all bits but the sign's


@compiled
def sum_of_squares(x):
    """Of x [numbers]."""
    total = 0.0
    for i in range(x.shape[0]):
        total += np.float64(x[i]) * np.float64(x[i])
    return total


@compiled
def sum_of_square_distances(x, y):
    """Of x [numbers] from y [numbers]."""
    total = 0.0
    for i in range(x.shape[0]):
        away = np.float64(y[i]) - np.float64(x[i])
        total += away * away
    return total


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
def square_and_largest(x):
    """Of x [numbers] the sum of squares and the bits of the largest magnitude."""
    bits = x.view(np.int32)
    total, largest = 0.0, np.int32(0)
    for i in range(x.shape[0]):
        largest = np.int32(max(largest, np.int32(bits[i] & MAGNITUDE)))
        total += np.float64(x[i]) * np.float64(x[i])
    return total, largest


@compiled
def from_bits(bits):
    """What 32 bits stand for."""
    return np.float64(np.int32(bits).view(np.float32))


@compiled
def add_rows(x, total, square):
    """Add x [rows, columns] and its squares to sums [columns]; four rows at a time, for a sum costs more than adding.

    Returns the bits of the largest magnitude and how many numbers are 0; as int32, for int64 takes twice as long.
    """
    bits, whole = x.view(np.int32), x.shape[0] // 4 * 4
    largest, zeros = np.int32(0), np.int32(0)
    for i in range(0, whole, 4):
        a, b, c, d = x[i], x[i + 1], x[i + 2], x[i + 3]
        k, m, n, o = bits[i], bits[i + 1], bits[i + 2], bits[i + 3]
        for j in range(x.shape[1]):
            e, f, g, h = np.float64(a[j]), np.float64(b[j]), np.float64(c[j]), np.float64(d[j])
            total[j] += (e + f) + (g + h)
            square[j] += (e * e + f * f) + (g * g + h * h)
            p, q = np.int32(k[j] & MAGNITUDE), np.int32(m[j] & MAGNITUDE)
            r, s = np.int32(n[j] & MAGNITUDE), np.int32(o[j] & MAGNITUDE)
            largest = np.int32(max(largest, np.int32(max(np.int32(max(p, q)), np.int32(max(r, s))))))
            zeros = np.int32(zeros + np.int32(p == 0) + np.int32(q == 0) + np.int32(r == 0) + np.int32(s == 0))
    for i in range(whole, x.shape[0]):
        row, magnitudes = x[i], bits[i]
        for j in range(x.shape[1]):
            total[j] += np.float64(row[j])
            square[j] += np.float64(row[j]) * np.float64(row[j])
            magnitude = np.int32(magnitudes[j] & MAGNITUDE)
            largest, zeros = np.int32(max(largest, magnitude)), np.int32(zeros + np.int32(magnitude == 0))
    return largest, zeros


@compiled
def add_channels(x, total, square):
    """The same of x [samples, units, numbers], to sums [units]."""
    bits = x.view(np.int32)
    largest, zeros = np.int32(0), np.int32(0)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            row, magnitudes = x[i, j], bits[i, j]
            added, squared = 0.0, 0.0
            for k in range(x.shape[2]):
                added += np.float64(row[k])
                squared += np.float64(row[k]) * np.float64(row[k])
                magnitude = np.int32(magnitudes[k] & MAGNITUDE)
                largest = np.int32(max(largest, magnitude))
                zeros = np.int32(zeros + np.int32(magnitude == 0))
            total[j] += added
            square[j] += squared
    return largest, zeros

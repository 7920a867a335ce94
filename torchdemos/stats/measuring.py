"""What is measured of a layer's output, in one pass over it, compiled by Numba; several threads share a large one.

Sums are in float64: the square of every float32 number has a place there, so nothing under- or overflows. Magnitudes
are compared by their bits, which are in the same order (IEEE 754); NaN comes out above infinity, and so it shows.
Whatever a thread finds it leaves in a slot of its own, and whoever sent it adds the slots up.
"""

import numpy as np

from torchdemos.stats.exact import MEASURED
from torchdemos.stats.native import (
    MAGNITUDE,
    address,
    compiled,
    doubles,
    floats,
    from_bits,
    integers,
    mine,
    share,
    together,
)

FINITE = 0x7F7FFFFF  # bits of the largest finite number
LOST = 1e-4  # the share of the mean square below which a variance is not to be had from it
HEAD = len(MEASURED)  # numbers before the moments of units
SHORT = 128  # below so many numbers of a channel it is faster to add up across samples first


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


@compiled
def columns_of(units, inner):
    """How many sums are kept of numbers [outer, units, inner]."""
    return units * inner if inner < SHORT else units


@compiled
def add_part(place, outer, units, inner, slot):
    """Add numbers [outer, units, inner] to a slot [2 + 2 columns]: largest magnitude (its bits), zeros, sums."""
    columns = columns_of(units, inner)
    found = doubles(slot, (2 + 2 * columns,))
    total, square = found[2 : 2 + columns], found[2 + columns :]
    if columns < units * inner:
        largest, zeros = add_channels(floats(place, (outer, units, inner)), total, square)
    else:
        largest, zeros = add_rows(floats(place, (outer, columns)), total, square)
    found[0] = max(found[0], largest)
    found[1] += zeros


@share
def add_share(task):
    place, outer, units, inner, slots, number, came = integers(task, (7,))
    me, begin, end = mine(outer, number, came)
    slot = slots + 8 * me * (2 + 2 * columns_of(units, inner))
    add_part(place + 4 * begin * units * inner, end - begin, units, inner, slot)


@compiled
def add(place, outer, units, inner, found, threads, fork, number, came, share):
    """Add more numbers to what was found so far [HEAD + 2 units], whose end is a slot; `finish` makes sense of it."""
    columns, own = columns_of(units, inner), address(found) + 8 * (HEAD - 2)
    if threads == 1 and columns == units:
        add_part(place, outer, units, inner, own)
        return
    slots = np.zeros((threads, 2 + 2 * columns))
    if threads == 1:
        add_part(place, outer, units, inner, address(slots))
    else:
        together(fork, share, np.array([place, outer, units, inner, address(slots), number, came]), threads)
    result, each = doubles(own, (2 + 2 * units,)), columns // units
    for slot in slots:
        result[0] = max(result[0], slot[0])
        result[1] += slot[1]
        for i in range(2, 2 + 2 * units):
            for j in range(2 + (i - 2) * each, 2 + (i - 1) * each):
                result[i] += slot[j]


@compiled
def finish(found, units, count):
    """Make of what was added up of so many numbers their summary, share of dead units and `exact.unit_moments`.

    False if the numbers must be read again for it: their spread is lost beside their mean, or not all are finite.
    """
    largest, zeros, moments = found[HEAD - 2], found[HEAD - 1], found[HEAD:]
    moments *= units / count
    mean, square = moments[:units].sum() / units, moments[units:].sum() / units
    variance = square - mean * mean
    found[0], found[1], found[2] = mean, np.sqrt(max(variance, 0.0)), from_bits(largest)
    found[3], found[4], found[5] = zeros / count, 1.0, np.sum(moments[units:] == 0) / units
    return largest <= FINITE and (variance > LOST * square or square == 0)


@compiled
def sums_around(place, count, centre):
    """Of the distances of numbers from one number, and of their squares."""
    x = floats(place, (count,))
    total, square = 0.0, 0.0
    for i in range(x.shape[0]):
        away = np.float64(x[i]) - centre
        total += away
        square += away * away
    return total, square

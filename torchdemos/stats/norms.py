"""Norms of gradients, parameters and steps, compiled by Numba, with sums in float64; threads share large ones."""

import numpy as np

from torchdemos.stats.native import (
    MAGNITUDE,
    address,
    ask,
    compiled,
    doubles,
    floats,
    from_bits,
    integers,
    mine,
    share,
    together,
)

FEW = 4096  # numbers that one thread takes alone


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
def size_part(place, count, slot):
    found = doubles(slot, (2,))
    square, largest = square_and_largest(floats(place, (count,)))
    found[0] += square
    found[1] = max(found[1], largest)


@share
def size_share(task):
    place, count, slots, number, came = integers(task, (5,))
    me, begin, end = mine(count, number, came)
    size_part(place + 4 * begin, end - begin, slots + 16 * me)


@compiled
def size(place, count, found, threads, fork, number, came, share):
    """Add the sum of squares of numbers to found[0]; raise found[1] to the bits of their largest magnitude."""
    if threads == 1:
        size_part(place, count, address(found))
        return
    slots = np.zeros((threads, 2))
    together(fork, share, np.array([place, count, address(slots), number, came]), threads)
    for slot in slots:
        found[0] += slot[0]
        found[1] = max(found[1], slot[1])


@compiled
def finish_size(found):
    """Make of what `size` added up the norm and the largest magnitude."""
    found[0], found[1] = np.sqrt(found[0]), from_bits(found[1])


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
def bounds(count, me, threads):
    """A thread's share of so many numbers: of few numbers the first thread has all."""
    if count < FEW:
        return 0, count if me == 0 else 0
    return count * me // threads, count * (me + 1) // threads


@compiled
def squares_part(table, tensors, slot, me, threads):
    """The last tensors first: an optimizer's step, which went the other way, has left them in the cache."""
    found, rows = doubles(slot, (tensors,)), integers(table, (tensors, 3))
    for i in range(tensors - 1, -1, -1):
        place, other, count = rows[i]
        begin, end = bounds(count, me, threads)
        x = floats(place + 4 * begin, (end - begin,))
        if other:
            found[i] = sum_of_square_distances(x, floats(other + 4 * begin, (end - begin,)))
        else:
            found[i] = sum_of_squares(x)


@share
def squares_share(task):
    table, tensors, slots, number, came = integers(task, (5,))
    me = ask(number)
    squares_part(table, tensors, slots + 8 * me * tensors, me, ask(came))


@compiled
def norms(table, threads, fork, number, came, share):
    """Norms of tensors, or of differences, from a table [tensors, 3]: an address, the other's or 0, the count."""
    tensors = len(table)
    slots = np.zeros((threads, tensors))
    if threads == 1:
        squares_part(address(table), tensors, address(slots), 0, 1)
    else:
        together(fork, share, np.array([address(table), tensors, address(slots), number, came]), threads)
    return np.sqrt(slots.sum(0))

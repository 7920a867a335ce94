"""The passes over whole tensors, each shared by a team of threads: `*_share` is one thread's part of the work.

Tensors come as the addresses of their first numbers, which cost nothing to pass. What a thread finds it leaves in a
slot of its own; whoever sent it adds the slots up.
"""

import numpy as np

from torchdemos.stats.native import address, ask, compiled, doubles, floats, integers, send, share
from torchdemos.stats.passes import (
    add_channels,
    add_rows,
    from_bits,
    square_and_largest,
    sum_of_square_distances,
    sum_of_squares,
    sums_around,
)

FINITE = 0x7F7FFFFF  # bits of the largest finite number
LOST = 1e-4  # the share of the mean square below which a variance is not to be had from it
HEAD = 6  # `exact.SUMMARY` and the share of dead units: what stands before the moments of units
SHORT = 128  # below so many numbers of a channel it is faster to add up across samples first
FEW = 4096  # numbers that one thread takes alone


@compiled
def together(fork, share, task, threads):
    """A function of its own, so that the task outlives what is done about it."""
    send(fork, share, address(task), threads)


@compiled
def mine(count, number, came):
    """Which thread this is, and its share of so many: fewer may come than were called, for OpenMP decides."""
    me, size = ask(number), ask(came)
    return me, count * me // size, count * (me + 1) // size


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
def around(place, count, centre):
    """`sums_around` of numbers."""
    return sums_around(floats(place, (count,)), centre)


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

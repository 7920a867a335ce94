"""CRC-32C, the checksum around every record of an event file: a thousand bytes at a time, by tables.

A checksum is linear: what a byte contributes depends on nothing but its value and on how many bytes follow it. So the
contributions of a whole block are looked up at once, ten times as fast as byte by byte in Python.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

POLYNOMIAL, ONES = 0x82F63B78, 0xFFFFFFFF
BLOCK = 1024


def masked(content: bytes) -> int:
    """The checksum as TensorFlow's records have it: rotated, and moved by a constant."""
    checksum = crc32c(content)
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & ONES


def crc32c(content: bytes) -> int:
    """The checksum of any bytes; that of b"123456789" is 0xE3069283."""
    data = np.frombuffer(content, np.uint8)
    state, head = ONES, len(data) % BLOCK
    if head:
        state = _after_zeros(state, head) ^ _contributions(data[None, :head])[0]
    for block in _contributions(data[head:].reshape(-1, BLOCK)):
        state = _after_zeros(state, BLOCK) ^ block
    return state ^ ONES


def _contributions(blocks: NDArray[np.uint8]) -> list[int]:
    """What the bytes of each block [blocks, bytes] make of a state of 0."""
    size = blocks.shape[1]
    places = np.arange(size - 1, -1, -1) * 256
    found: list[int] = np.bitwise_xor.reduce(_tables().ravel()[places + blocks], axis=1).tolist()
    return found


def _after_zeros(state: int, size: int) -> int:
    """What a state becomes after `size` bytes of 0: its own bytes contribute as the first four of them would."""
    tables, after = _tables(), state >> 8 * min(size, 4)
    for i in range(min(size, 4)):
        after ^= int(tables[size - 1 - i, state >> 8 * i & 255])
    return after


@cache
def _tables() -> NDArray[np.uint32]:
    """[n, byte]: the contribution of a byte that n others follow."""
    first = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        first = np.where(first & 1, first >> 1 ^ np.uint32(POLYNOMIAL), first >> 1)
    tables = [first]
    while len(tables) < BLOCK:
        last = tables[-1]
        tables.append(first[last & 255] ^ last >> 8)
    return np.stack(tables)

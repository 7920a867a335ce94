"""Events and scalars as they go over the wire: what protobuf would write, without an object for every number."""

import struct
from collections.abc import Sequence

import numpy as np

WALL_TIME, STEP, SUMMARY = b"\x09", b"\x10", b"\x2a"  # fields of tensorboard.Event
VALUE, TAG, SIMPLE_VALUE = b"\x0a", b"\x0a", b"\x15"  # of tensorboard.Summary and Summary.Value


def event(time: float, step: int, summary: bytes) -> bytes:
    """One event of a file, from a summary that is already in bytes."""
    return b"".join(
        [WALL_TIME, struct.pack("<d", time), STEP, varint(step % 2**64), SUMMARY, varint(len(summary)), summary]
    )


def head(tag: str) -> bytes:
    """What stands before the number of a scalar in a summary: all that does not change from step to step."""
    name = tag.encode()
    named = TAG + varint(len(name)) + name + SIMPLE_VALUE
    return VALUE + varint(len(named) + 4) + named


def scalars(heads: Sequence[bytes], numbers: Sequence[float]) -> bytes:
    """A summary of scalars; what is too large for float32 becomes infinite."""
    with np.errstate(over="ignore"):
        content = np.array(numbers, "<f4").tobytes()
    return b"".join(part for i, head in enumerate(heads) for part in (head, content[4 * i : 4 * i + 4]))


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])

"""Records, events, scalars and histograms as the bytes that TensorBoard's own writer would write, but quickly.

TensorBoard's writer makes an object for every number and computes checksums byte by byte in Python.
"""

import struct
from collections.abc import Sequence

import google_crc32c
import numpy as np

WALL_TIME, STEP, SUMMARY = b"\x09", b"\x10", b"\x2a"  # fields of tensorboard.Event
VALUE, TAG, SIMPLE_VALUE, HISTO = b"\x0a", b"\x0a", b"\x15", b"\x2a"  # of tensorboard.Summary and Summary.Value
MIN, MAX, NUM, BUCKET_LIMIT, BUCKET = b"\x09", b"\x11", b"\x19", b"\x32", b"\x3a"  # of tensorboard.HistogramProto


def record(event: bytes) -> bytes:
    """A record of a file: an event between its length and its checksum."""
    length = struct.pack("<Q", len(event))
    return b"".join([length, checksum(length), event, checksum(event)])


def checksum(content: bytes) -> bytes:
    """The checksum of TensorFlow's records: CRC-32C, rotated, plus a constant."""
    found = google_crc32c.value(content)
    return struct.pack("<I", ((found >> 15 | found << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def event(time: float, step: int, summary: bytes) -> bytes:
    """An event that holds this summary."""
    return b"".join([WALL_TIME, doubles(time), STEP, varint(step % 2**64), SUMMARY, varint(len(summary)), summary])


def head(tag: str) -> bytes:
    """The bytes of a scalar before its number, which are the same at every step."""
    named = sized(TAG, tag.encode()) + SIMPLE_VALUE
    return VALUE + varint(len(named) + 4) + named


def scalars(heads: Sequence[bytes], numbers: Sequence[float]) -> bytes:
    """A summary of scalars; numbers too large for float32 become infinite."""
    with np.errstate(over="ignore"):
        single = np.array(numbers, "<f4")
    parts = [b""] * (2 * len(heads))
    parts[::2], parts[1::2] = heads, single.view("V4").tolist()
    return b"".join(parts)


def histogram(tag: str, counts: Sequence[float], edges: Sequence[float]) -> bytes:
    """Counts [n] between edges [n + 1] as a summary's value, without the field around it."""
    filled = [i for i, count in enumerate(counts) if count]
    # TensorBoard drops empty bins at both ends and stretches the next one out to min and max.
    low, high = (edges[filled[0]], edges[filled[-1] + 1]) if filled else (edges[0], edges[-1])
    numbers = [MIN, doubles(low), MAX, doubles(high), NUM, doubles(sum(counts))]
    bins = [sized(BUCKET_LIMIT, doubles(*edges[1:])), sized(BUCKET, doubles(*counts))]
    return sized(TAG, tag.encode()) + sized(HISTO, b"".join(numbers + bins))


def doubles(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}d", *numbers)


def sized(field: bytes, content: bytes) -> bytes:
    """A field of variable length: the length comes before the content."""
    return b"".join([field, varint(len(content)), content])


def varint(number: int) -> bytes:
    """A whole number as protobuf writes it: seven bits a byte, the lowest first."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])

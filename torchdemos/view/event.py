"""One event of a log: when it was written, at which step, and what it holds."""

import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from torchdemos.view import keys, plain_scalars, values
from torchdemos.view.fields import Broken, field, parts, signed, varint

HEAD = struct.Struct("<BdB")  # what an event begins with: the key of its time, the time, the key of its step
FLOAT = struct.Struct("<f")
START = 1  # a status
OLD_VERSION = b"brain.Event:1"  # of writers that do not tell when they start


class Event(NamedTuple):
    """The time is in seconds since 1970; plain scalars are tags and numbers.

    An event without values may say that its writer starts, or that it will say so.
    """

    time: float
    step: int
    scalars: Sequence[tuple[str, float]] = ()
    others: Sequence[values.Found] = ()
    holds_values: bool = True
    starts: bool = False
    tells_starts: bool = False


def event(record: bytes) -> Event:
    """Raises `ValueError` for a record that holds none."""
    return _of_one_scalar(record) or _of_parts(parts(record))


def _of_one_scalar(record: bytes) -> Event | None:
    """An event that holds one plain scalar, which is quickest; None for others."""
    if not HEAD.size < len(record) < plain_scalars.MOST_BYTES:
        return None
    first, time, second = HEAD.unpack_from(record)
    if (first, second) != (keys.WALL_TIME, keys.STEP):
        return None
    step, end = varint(record, HEAD.size)
    tag = plain_scalars.tag_alone(record[end:-4])
    return None if tag is None else Event(time, signed(step), ((tag, FLOAT.unpack(record[-4:])[0]),))


def _of_parts(found: Mapping[int, Any]) -> Event:
    (time,) = struct.unpack("<d", found.get(keys.WALL_TIME, bytes(8)))
    step = signed(found.get(keys.STEP, 0))
    if keys.SUMMARY in found:
        return Event(time, step, *_values(found[keys.SUMMARY]))
    starts = parts(found.get(keys.SESSION, b"")).get(keys.STATUS) == START
    tells_starts = found.get(keys.VERSION, b"") > OLD_VERSION
    return Event(time, step, holds_values=False, starts=starts, tells_starts=tells_starts)


def _values(summary: bytes) -> tuple[list[tuple[str, float]], list[values.Found]]:
    """The plain scalars, and what else there is."""
    tags, numbers, others = [], [], []
    at, end = 0, len(summary)
    while at < end:
        width, begin = varint(summary, at + 1)
        stop = begin + width
        if width < plain_scalars.MOST_BYTES and (tag := plain_scalars.tag(summary[at : stop - 4])) is not None:
            if stop > end:
                raise Broken("a number is cut short")
            tags.append(tag)
            numbers.append(summary[stop - 4 : stop])
            at = stop
            continue
        key, value, at = field(summary, at)
        if key == keys.VALUE and (found := values.found(value)):
            others.append(found)
    return list(zip(tags, struct.unpack(f"<{len(tags)}f", b"".join(numbers)), strict=True)), others

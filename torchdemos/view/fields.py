"""Protocol buffers read by hand, so that a log opens where TensorBoard and protobuf cannot be imported.

A message is a row of fields. Each begins with its key: eight times its number, plus how its content is written.
"""

from collections.abc import Iterator
from typing import Any

VARINT, FIXED64, SIZED, FIXED32 = 0, 1, 2, 5  # how a content is written: the last three bits of a key
WIDTHS = {FIXED64: 8, FIXED32: 4}
MOST_SHIFT = 63  # bits of a number before the last seven
MOST_FIELDS = 2**20  # of one message; no writer comes near, and each takes a microsecond


class Broken(ValueError):
    """These bytes are no message."""


def parts(message: bytes) -> dict[int, Any]:
    """The contents by key; the last counts where a key comes twice. Raises `Broken`."""
    return dict(fields(message))


def fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """Each key with its content. Raises `Broken`."""
    at = count = 0
    while at < len(message):
        key, content, at = field(message, at)
        count += 1
        if count > MOST_FIELDS:
            raise Broken("there are too many fields")
        yield key, content


def field(message: bytes, at: int) -> tuple[int, Any, int]:
    """The key that begins there, its content, and where that ends. Raises `Broken`.

    The content is a whole number from 0 up, or bytes, as the key says.
    """
    key, at = varint(message, at)
    kind = key & 7
    if key < 8:
        raise Broken("a field has no number")
    if kind == VARINT:
        return key, *varint(message, at)
    if kind == SIZED:
        width, at = varint(message, at)
    elif kind in WIDTHS:
        width = WIDTHS[kind]
    else:
        raise Broken("no writer of logs uses groups")
    end = at + width
    if end > len(message):
        raise Broken("a field is cut short")
    return key, message[at:end], end


def varint(message: bytes, at: int) -> tuple[int, int]:
    """The whole number of 64 bits that begins there, and where it ends. Raises `Broken`."""
    number = shift = 0
    try:
        while (byte := message[at]) > 127 and shift < MOST_SHIFT:
            number |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
    except IndexError as error:
        raise Broken("a number is cut short") from error
    if byte > 127:
        raise Broken("a number is too long")
    return (number | byte << shift) & 0xFFFFFFFFFFFFFFFF, at + 1


def signed(number: int) -> int:
    """The same 64 bits as a number that may be negative."""
    return number - 2**64 if number >= 2**63 else number

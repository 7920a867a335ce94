"""The records of an event file, each held against its checksums: what is damaged is counted, never believed.

A record stands between its length (8 bytes) with a checksum (4) and a checksum of its content (4). Where a content is
damaged, its length still leads to the next record. Where a length is, the next one whose checksum is right does.
"""

import os
import re
import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import google_crc32c

from torchdemos.view.damage import Damage

HEADER, FOOTER = 12, 4  # bytes before and behind the content of a record
PIECE = 2**18  # bytes that are read at once
MOST_CONTENT = 2**28  # bytes of one record; a log has no picture so large
MOST_SEARCHED, MOST_TRIED = 2**28, 2**20  # bytes behind damage, and places among them where a record might begin
HIGH_HALF = re.compile(rb"\0{4,}")  # of a length below 4 GB


class Records:
    """Reads a file from `position` on, the first byte that is not yet dealt with.

    `damage` is what was left out before it, and `tail` what the file ends with: a live run may still complete that, so
    whoever follows the file begins there again. Whatever a file holds, nothing is raised, and nothing waits.
    """

    def __init__(self, path: Path, position: int = 0) -> None:
        self.position = position
        self.damage, self.tail = Damage(), Damage()
        self._path = path
        self._searched = self._tried = 0

    def __iter__(self) -> Iterator[bytes]:
        self.tail = Damage()
        try:
            if not self._path.is_file():  # to open a pipe is to wait for its writer
                raise OSError
            with open(self._path, "rb", buffering=0) as file:
                yield from self._records(_Parts(file.fileno()))
        except (OSError, ValueError):  # ValueError: no file has such a name
            self.tail = Damage(files=1)

    def _records(self, file: "_Parts") -> Iterator[bytes]:
        while piece := file.read(self.position, PIECE):
            found, size = _whole(piece)
            yield from found
            self.position += size
            if not found and (record := self._long(file, piece[:HEADER])):
                yield record
            elif not found and not self._skip(file, piece[:HEADER]):
                return

    def _long(self, file: "_Parts", header: bytes) -> bytes | None:
        """A record that is whole, but longer than a piece."""
        content = _length(header)
        if content is None or not PIECE - HEADER - FOOTER < content <= MOST_CONTENT:
            return None
        found, size = _whole(file.read(self.position, HEADER + content + FOOTER))
        self.position += size
        return found[0] if found else None

    def _skip(self, file: "_Parts", header: bytes) -> bool:
        """Go on behind what is no record; False if nothing comes behind it."""
        content = _length(header)
        if content is not None:
            end = self.position + HEADER + content + FOOTER
            behind = file.read(end, HEADER) if end <= file.size else b"?"
            if not behind or _length(behind) is not None:
                self.damage += Damage(records=1)
                self.position = end
                return True
        if (place := self._search(file)) is not None:
            self.damage += Damage(skipped=place - self.position)
            self.position = place
            return True
        rest = file.size - self.position
        self.tail = Damage(cut=rest) if content is not None or rest < HEADER else Damage(skipped=rest)
        return False

    def _search(self, file: "_Parts") -> int | None:
        """The next place where the checksum of a length is right."""
        begin = self.position + 1
        while self._searched < MOST_SEARCHED and self._tried < MOST_TRIED:
            piece = file.read(begin, PIECE)
            for place in _likely(piece):
                self._tried += 1
                if _length(piece[place : place + HEADER]) is not None:
                    return begin + place
            if len(piece) < PIECE:
                break
            begin += PIECE - HEADER + 1
            self._searched += PIECE
        return None


class _Parts:
    """Parts of an open file, as long as it was when it was opened."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.size = os.fstat(number).st_size

    def read(self, begin: int, size: int) -> bytes:
        """As many of these bytes as there are."""
        os.lseek(self._number, begin, os.SEEK_SET)
        return os.read(self._number, max(min(size, self.size - begin), 0))


def _whole(piece: bytes) -> tuple[list[bytes], int]:
    """The contents of the records with which a piece begins, up to the first that is not in order, and their size."""
    found: list[bytes] = []
    start, most = 0, len(piece)
    take, checksum = found.append, google_crc32c.value
    while True:
        body = start + HEADER
        length = _length(piece[start:body])
        if length is None or body + length + FOOTER > most:
            return found, start
        end = body + length
        content = piece[body:end]
        given = checksum(content)
        start = end + FOOTER
        if piece[end:start] != _masked(given):
            return found, body - HEADER
        take(content)


@lru_cache(4096)  # most records of a file have one of a few lengths
def _length(header: bytes) -> int | None:
    """The length of a content; None if its checksum is wrong."""
    length = header[:8]
    if len(header) < HEADER or header[8:] != _masked(google_crc32c.value(length)):
        return None
    return int.from_bytes(length, "little")


def _masked(checksum: int) -> bytes:
    """CRC-32C as records have it: rotated, plus a constant."""
    return struct.pack("<I", ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _likely(piece: bytes) -> Iterator[int]:
    """Where a length may stand that is neither 0 nor 4 GB or more: its low half before four zeros."""
    for zeros in HIGH_HALF.finditer(piece):
        for high in range(zeros.start(), min(zeros.start() + 4, zeros.end() - 3)):
            if high >= 4:
                yield high - 4

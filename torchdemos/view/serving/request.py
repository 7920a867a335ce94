"""One request of HTTP, read within bounds: neither long lines nor endless bodies cost more than a refusal."""

from asyncio import IncompleteReadError, LimitOverrunError, StreamReader
from collections.abc import Mapping
from typing import NamedTuple

MOST_HEAD = 2**15  # bytes: all cookies of other programs on this host come along
MOST_BODY = 2**16  # bytes: a drawn digit has 784 numbers


class Refusal(Exception):
    """Why a request is not answered: a status of HTTP, and a sentence for who asked."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


class Head(NamedTuple):
    """What stands before the body; the names of headers are in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]


async def read_head(reader: StreamReader) -> Head:
    """The next head. Raises `Refusal`, and `IncompleteReadError` when who asked has gone."""
    try:
        text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except LimitOverrunError as error:
        raise Refusal(431, f"a request has at most {MOST_HEAD} bytes before its body") from error
    first, *lines = text[:-4].split("\r\n")
    method, _, rest = first.partition(" ")
    target, _, version = rest.partition(" ")
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        raise Refusal(400, "this is no request of HTTP/1.1")
    return Head(method, target.partition("?")[0], _headers(lines))


def _headers(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip() or name.lower() in found:
            raise Refusal(400, "a header is broken, or comes twice")
        found[name.lower()] = value.strip()
    return found


async def read_body(reader: StreamReader, head: Head) -> bytes:
    """The body, whose length must be said. Raises `Refusal` before anything of a wrong one is read."""
    length = head.headers.get("content-length", "")
    if "transfer-encoding" in head.headers or not (length.isascii() and length.isdigit()):
        raise Refusal(411, "a body needs its length, as Content-Length")
    if len(length) > 9 or int(length) > MOST_BODY:
        raise Refusal(413, f"a body has at most {MOST_BODY} bytes")
    try:
        return await reader.readexactly(int(length))
    except IncompleteReadError as error:
        raise Refusal(400, "the body is shorter than its Content-Length") from error

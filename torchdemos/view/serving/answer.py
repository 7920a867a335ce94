"""An answer of HTTP, always with the headers that keep strangers out."""

from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import NamedTuple

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SAFE = (
    "Cache-Control: no-store\r\nConnection: close\r\nCross-Origin-Resource-Policy: same-origin\r\n"
    "Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
)


class Answer(NamedTuple):
    """A status, and a body that is whole or comes in pieces, each asked for when the one before has been sent.

    The policy says what the page may load.
    """

    status: int
    body: bytes | AsyncGenerator[bytes, None] = b""
    kind: str = "text/plain"
    policy: str = POLICY

    def head(self) -> bytes:
        """What stands before the body."""
        first = (
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\nContent-Type: {self.kind}; charset=utf-8\r\n"
        )
        length = f"Content-Length: {len(self.body)}\r\n" if isinstance(self.body, bytes) and self.status != 204 else ""
        return f"{first}{length}Content-Security-Policy: {self.policy}\r\n{SAFE}\r\n".encode()


def refused(status: int, why: str) -> Answer:
    """A sentence, in plain text."""
    return Answer(status, f"{why}\n".encode(errors="replace"))

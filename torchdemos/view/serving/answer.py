"""An answer of HTTP, always with the headers that keep strangers out."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import NamedTuple

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SAFE = (
    "Cache-Control: no-store\r\n"
    "Connection: close\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n"
)


class Answer(NamedTuple):
    """A status, and a body that is whole or comes in pieces, each asked for when the one before is on its way."""

    status: int
    body: bytes | AsyncIterator[bytes] = b""
    kind: str = "text/plain"
    policy: str = POLICY

    def head(self) -> bytes:
        """What stands before the body."""
        length = f"Content-Length: {len(self.body)}\r\n" if isinstance(self.body, bytes) and self.status != 204 else ""
        return (
            f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\nContent-Type: {self.kind}; charset=utf-8\r\n"
            f"{length}Content-Security-Policy: {self.policy}\r\n{SAFE}\r\n"
        ).encode()

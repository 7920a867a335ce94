"""Requests as nobody's browser would send them."""

import socket
from typing import NamedTuple
from urllib.parse import urlsplit

from patience import SECONDS


class Answered(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str


def connected(address: str) -> socket.socket:
    place = urlsplit(address)
    return socket.create_connection((place.hostname, place.port), timeout=SECONDS)


def request(address: str, method: str = "GET", path: str = "", body: bytes = b"", **changed: str | None) -> bytes:
    """A request for a path below an address, with headers by their names in small letters; None leaves one out."""
    place = urlsplit(address)
    target = path if path.startswith("/") else place.path + path
    headers: dict[str, str | None] = {"host": place.netloc}
    if method == "POST":
        headers |= {"content-type": "application/json", "content-length": str(len(body))}
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    return "\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""]).encode() + body


def ask(address: str, method: str = "GET", path: str = "", body: bytes = b"", **changed: str | None) -> Answered:
    with connected(address) as connection:
        connection.sendall(request(address, method, path, body, **changed))
        return answer(connection)


def answer(connection: socket.socket) -> Answered:
    """All that comes until the connection ends."""
    found = b""
    while piece := connection.recv(65536):
        found += piece
    head, _, body = found.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Answered(int(first.split()[1]), headers, body.decode())

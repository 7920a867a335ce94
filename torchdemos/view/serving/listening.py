"""The address on which a server listens, and in words why it cannot."""

import socket

FREE = "or try --port 0 for a free one"


def check(host: str, port: int) -> None:
    """Raises `ValueError` in a sentence for what is no port, and for no host at all."""
    if not 0 <= port <= 65535:
        raise ValueError(f"--port {port} is not a port: give a number from 0 to 65535")
    if not host.strip():  # which would be every interface of the machine
        raise ValueError("--host is empty: say localhost, or 0.0.0.0 to serve to every machine that reaches this one")


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises `OSError` or `ValueError` in a sentence."""
    check(host, port)
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=256)
    except (OSError, UnicodeError) as error:  # UnicodeError: a name too long for DNS
        busy = getattr(error, "errno", None) in (48, 98, 10048)
        why = f"another program has this port: stop it, {FREE}" if busy else getattr(error, "strerror", "") or error
        raise OSError(f"cannot serve on {host}:{port}: {why}") from error

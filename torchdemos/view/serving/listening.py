"""The address on which a server listens, and in words why it cannot."""

import errno
import http.client
import ipaddress
import json
import os
import socket
from typing import SupportsIndex

from torchdemos.log.shown import shown

PATIENCE = 2  # seconds for whoever has the port to say which folder it serves
MAX_ANSWER = 10_000  # bytes of that
EVERY = {
    "0.0.0.0": "127.0.0.1",
    "::": "::1",
}  # hosts that are every interface, and where this machine itself finds them


def check(host: str, port: int) -> None:
    """Raises `TypeError` or `ValueError` in a sentence for what is no port or host.

    An empty host is none: it would be every interface.
    """
    if not isinstance(port, SupportsIndex):
        raise TypeError(f"the port is a whole number, and this is {port!r:.40}")
    if not isinstance(host, str):
        raise TypeError(f"the host is a name or an address in quotes, and this is {host!r:.40}")
    if not 0 <= port <= 65535:
        raise ValueError(f"port {port} is not a port: give a number from 0 to 65535")
    if not host.strip():
        raise ValueError("the host is empty: say localhost, or 0.0.0.0 to serve to every machine that reaches this one")


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises `OSError` or `ValueError` in a sentence."""
    check(host, port)
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except UnicodeError as error:
        raise OSError(f"cannot serve on {host}:{port}: no host has such a name") from error
    except socket.gaierror as error:  # its numbers are not those of the system
        raise OSError(f"cannot serve on {host}:{port}: {error.strerror}") from error
    except OSError as error:
        why = in_use(port) if error.errno == errno.EADDRINUSE else os.strerror(error.errno or 0)
        raise OSError(f"cannot serve on {host}:{port}: {why}") from error


def reached_at(host: str, listening: socket.socket) -> str:
    """The address for a browser on this machine."""
    name = EVERY.get(host, host)
    return f"http://{f'[{name}]' if ':' in name else name}:{listening.getsockname()[1]}/"


def is_own(host: str) -> bool:
    """Whether only this machine reaches what is served on this host."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return False


def in_use(port: int) -> str:
    """What has the port, and what to do about it."""
    asked = http.client.HTTPConnection("localhost", port, timeout=PATIENCE)
    try:
        asked.request("GET", "/data/logdir")
        folder = json.loads(asked.getresponse().read(MAX_ANSWER))["logdir"]
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError, RecursionError):
        who = "another program has this port: stop it"
    else:
        who = f"a TensorBoard shows {shown(folder)} there already: look at http://localhost:{port}/, stop it"
    finally:
        asked.close()
    return f"{who}, or take port 0, which is any free one"

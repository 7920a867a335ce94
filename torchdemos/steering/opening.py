"""The page of a training, at a port that is free."""

import errno
from collections.abc import Callable
from typing import Any

from torchdemos.view.live.page import Page
from torchdemos.view.serving import listening

MORE_PORTS = 9  # after the one that was asked for, for trainings side by side


def opened(check: Callable[[str, Any], Any], host: str, port: int) -> tuple[Page, str]:
    """A page at this port, or at the first after it that is free, and in words why; empty if it is the port.

    A training does not end because its usual port is busy. Raises `OSError`, `TypeError` or `ValueError` in a sentence
    for a host or a port where no page can be, and where all of these ports are busy.
    """
    listening.check(host, port)
    ports = range(port, min(port + MORE_PORTS, 65535) + 1) if port else [0]
    for own in ports:
        try:
            return Page(check, host, own), f"port {port} is busy, so " if own != port else ""
        except OSError as error:
            if getattr(error.__cause__, "errno", None) != errno.EADDRINUSE or own == ports[-1]:
                raise
    return Page(check, host, port), ""  # which raises in a sentence what is no port

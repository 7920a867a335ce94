"""Who may ask: only who knows the token, by a name of this machine, and from the page that this machine served.

A stranger's page in the reader's browser can send requests to this machine too. It does not know the token, its
requests carry its own Origin, and where its name is suddenly said to be this machine's (DNS rebinding), Host tells.
"""

import ipaddress
import re
import secrets
import socket
from hmac import compare_digest

from torchdemos.view.serving.listening import is_own
from torchdemos.view.serving.request import Head, Refusal

TOKEN_BYTES = 16
HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?", re.ASCII)
COPY = "copy the whole address that torchdemos has printed"
NAME = "use its IP address, or start torchdemos with --host and this name"


class Guard:
    """Knows the token, and whether others than this machine are served."""

    def __init__(self, host: str) -> None:
        self.token = secrets.token_urlsafe(TOKEN_BYTES)
        self.is_open = not is_own(host)
        self._names = {"localhost", *((host.lower(), *_own_names()) if self.is_open else ())}

    def admit(self, head: Head) -> str:
        """The path behind the token. Raises `Refusal`."""
        first, slash, rest = head.path.removeprefix("/").partition("/")
        if not compare_digest(first.encode(), self.token.encode()) or not slash:
            raise Refusal(403, f"this address lacks its token: {COPY}")
        host = head.headers.get("host", "").lower()
        if not self._is_ours(host):
            raise Refusal(403, f"this is no name of this machine: {NAME if self.is_open else COPY}")
        if head.headers.get("origin", f"http://{host}").lower() != f"http://{host}" or _is_sent_from_elsewhere(head):
            raise Refusal(403, "another page asks for this, and only the page at this address may")
        return rest

    def _is_ours(self, host: str) -> bool:
        """Whether a Host is an address, which no stranger can make his, or a name of this machine.

        Its port is not ours behind a tunnel, and tells nothing: the Origin is compared with all of it.
        """
        found = HOST.fullmatch(host)
        try:
            address = ipaddress.ip_address(found[1] or found[2] if found else "")
        except ValueError:
            return found is not None and found[2] in self._names
        return self.is_open or address.is_loopback


def _is_sent_from_elsewhere(head: Head) -> bool:
    """As browsers tell; a reader may follow a link to this page from anywhere."""
    is_followed = head.method == "GET" and head.headers.get("sec-fetch-mode") == "navigate"
    return head.headers.get("sec-fetch-site", "none") not in ("none", "same-origin") and not is_followed


def _own_names() -> set[str]:
    name = socket.gethostname().lower()
    return {name, f"{name.partition('.')[0]}.local"}

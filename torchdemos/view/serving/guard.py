"""Who may ask: only who knows the token, by a name of this machine, and from the page that it served.

A page of a stranger in the reader's browser can send requests to this machine too. It does not know the token. Its
requests carry the stranger's Origin. And a stranger's name that is suddenly said to be this machine's address (DNS
rebinding) stands in Host.
"""

import ipaddress
import secrets
import socket
from hmac import compare_digest
from urllib.parse import urlsplit

from torchdemos.view.serving.request import Head, Refusal

TOKEN_BYTES = 16
NO_TOKEN = "this address lacks its token: copy the whole address that torchdemos has printed"


class Guard:
    """Knows the token, and whether others than this machine are served."""

    def __init__(self, host: str) -> None:
        self.token = secrets.token_urlsafe(TOKEN_BYTES)
        self.is_open = not is_own(host)
        self._names = {"localhost"} | ({host.lower(), *_names_of_this_machine()} if self.is_open else set())

    def admit(self, head: Head) -> str:
        """The path behind the token. Raises `Refusal`."""
        first, slash, rest = head.path.removeprefix("/").partition("/")
        if not slash or not compare_digest(first.encode(), self.token.encode()):
            raise Refusal(403, NO_TOKEN)
        host = head.headers.get("host", "")
        if not self._is_ours(host):
            raise Refusal(403, "this is not a name of this machine: use the address that torchdemos has printed")
        if head.headers.get("origin", f"http://{host}").lower() != f"http://{host}".lower():
            raise Refusal(403, "another page asks: only the page at this address may")
        site, mode = head.headers.get("sec-fetch-site", "none"), head.headers.get("sec-fetch-mode")
        if site not in ("none", "same-origin") and (mode != "navigate" or head.method != "GET"):
            raise Refusal(403, "a page of another site asks: only the page at this address may")
        return rest

    def _is_ours(self, host: str) -> bool:
        """Whether a Host is an address or a name of this machine; its port may be that of a tunnel."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return name in self._names
        return self.is_open or address.is_loopback


def is_own(host: str) -> bool:
    """Whether only this machine reaches what is served on this host."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name
        return False


def _names_of_this_machine() -> set[str]:
    name = socket.gethostname().lower()
    return {name, f"{name.partition('.')[0]}.local"}

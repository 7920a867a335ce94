"""An address that cannot be served on is one sentence that says what to do."""

import socket

import pytest

from torchdemos.view.serving import listening
from torchdemos.view.serving.listening import listen, reached_at


@pytest.mark.parametrize("port", [-1, 65536])
def test_what_is_no_port_is_said(port: int) -> None:
    with pytest.raises(ValueError, match=f"^port {port} is not a port: give a number from 0 to 65535$"):
        listen("localhost", port)


@pytest.mark.parametrize("host", ["", " "])
def test_an_empty_host_would_be_every_interface(host: str) -> None:
    with pytest.raises(ValueError, match="^the host is empty: say localhost, or 0.0.0.0"):
        listen(host, 0)


def test_a_busy_port_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "PATIENCE", 0.05)  # for the program that has the port, and does not answer
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(OSError, match=f"^cannot serve on 127.0.0.1:{port}: another program has this port: stop it"):
            listen("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid", "a" * 70, "256.1.1.1"])
def test_a_host_that_is_not_this_machine_is_one_sentence(host: str) -> None:
    with pytest.raises(OSError, match=rf"^cannot serve on {host}:0: [^\n(]+$"):
        listen(host, 0)


@pytest.mark.parametrize(
    ("host", "name"), [("127.0.0.1", "127.0.0.1"), ("localhost", "localhost"), ("0.0.0.0", "127.0.0.1")]
)
def test_the_address_is_for_a_browser_on_this_machine(host: str, name: str) -> None:
    with listen(host, 0) as found:
        assert reached_at(host, found) == f"http://{name}:{found.getsockname()[1]}/"


def test_an_address_of_ipv6_stands_in_brackets() -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        assert reached_at("::", found).startswith("http://[::1]:")

"""Attacks over real sockets: each gets a refusal or silence, and the reader's page is served meanwhile."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from patience import SECONDS
from raw_http import Answered, answer, ask, connected, request

from torchdemos.view.serving import server
from torchdemos.view.serving.answer import Answer
from torchdemos.view.serving.places import MOST
from torchdemos.view.serving.request import MOST_BODY, MOST_HEAD, Head
from torchdemos.view.serving.server import Server


async def echo(head: Head, path: str, body: bytes) -> Answer:
    if path == "broken":
        raise KeyError("a <b>name</b>")
    return Answer(200, f"{head.method} {path} {len(body)}".encode())


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    served = Server(echo, "127.0.0.1", 0)
    yield served
    served.close()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy makes nobody too slow."""
    monkeypatch.setattr(server, "READ_SECONDS", SECONDS)


@pytest.fixture
def address(shared: Server) -> Iterator[str]:
    """Whatever was done to it, it still answers."""
    yield shared.address
    assert ask(shared.address, path="x").body == "GET x 0"


def sent(address: str, raw: bytes) -> Answered:
    with connected(address) as connection:
        connection.sendall(raw)
        return answer(connection)


def test_a_request_is_answered_with_the_headers_that_keep_strangers_out(address: str) -> None:
    found = ask(address, "POST", "change?x=1", b"12345")
    assert (found.status, found.body) == (200, "POST change 5")
    policy = found.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "http" not in policy
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["referrer-policy"] == "no-referrer"
    assert found.headers["cache-control"] == "no-store"
    assert found.headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in found.headers


def test_a_refusal_says_in_plain_text_why_with_the_same_headers(address: str) -> None:
    found = ask(address, path="/wrong/")
    assert found.status == 403 and found.body.startswith("this address lacks its token: copy the whole address")
    assert found.headers["content-type"].startswith("text/plain") and "default-src" in str(found.headers)


def test_no_body_is_read_without_the_token(address: str) -> None:
    assert sent(address, request(address, "POST", "/x/change", content_length="1000")).status == 403


def test_a_broken_answer_is_a_sentence_and_no_end(address: str, caplog: pytest.LogCaptureFixture) -> None:
    found = ask(address, path="broken")
    assert found.status == 500 and "KeyError" in found.body and found.headers["content-type"].startswith("text/plain")
    assert "torchdemos cannot answer a page" in caplog.text


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"content_length": str(MOST_BODY + 1)}, 413),
        ({"content_length": "9" * 5000}, 413),
        ({"content_length": "-1"}, 411),
        ({"content_length": "+1"}, 411),
        ({"content_length": "1e1"}, 411),
        ({"content_length": "²"}, 411),
        ({"content_length": None}, 411),
        ({"transfer_encoding": "chunked"}, 411),
    ],
)
def test_a_body_needs_a_length_within_bounds(address: str, changed: dict[str, str | None], status: int) -> None:
    assert sent(address, request(address, "POST", "change", **changed)).status == status


def test_an_endless_body_is_refused_at_once(address: str) -> None:
    with connected(address) as connection:
        connection.sendall(request(address, "POST", "change", content_length=str(2**40)) + bytes(2**18))
        assert answer(connection).status == 413


def test_a_body_cut_short_is_said_to_be(address: str) -> None:
    with connected(address) as connection:
        connection.sendall(request(address, "POST", "change", b"123", content_length="9"))
        connection.shutdown(socket.SHUT_WR)
        assert answer(connection).status == 400


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
        (b"GET / HTTP/2\r\n\r\n", 400),
        (b"GET / HTTP/1.1 x\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),  # as TLS begins
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost : x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nx: a\r\n folded: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nx: " + b"a" * 2 * MOST_HEAD, 431),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"x%d: a\r\n" % i for i in range(MOST_HEAD // 7)), 431),
    ],
)
def test_what_is_no_request_is_refused(address: str, raw: bytes, status: int) -> None:
    assert sent(address, raw).status == status


def test_slow_headers_end_in_time_however_steadily_they_come(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "READ_SECONDS", 0.1)
    with connected(address) as connection:
        begun = time.monotonic()
        connection.settimeout(0.02)
        found = b""
        while not found and time.monotonic() < begun + SECONDS:
            with suppress(ConnectionError):  # it has ended already
                connection.send(b"x")
            with suppress(TimeoutError):
                found = connection.recv(1000)
        assert found.startswith(b"HTTP/1.1 408 ")


def test_silent_connections_lose_their_places_to_a_page(address: str) -> None:
    silent = [connected(address) for _ in range(MOST)]
    found = [ask(address, path="page") for _ in range(3)]
    assert [one.body for one in found] == ["GET page 0"] * 3
    assert silent[0].recv(1) == b""  # the first that came
    for connection in silent:
        connection.close()


def test_those_who_leave_in_the_middle_harm_nobody(address: str) -> None:
    for raw in (b"", b"GET", request(address, "POST", "change", b"1", content_length="9"), request(address)):
        with connected(address) as connection:
            connection.sendall(raw)


def test_a_server_that_closes_leaves_nothing_behind() -> None:
    served = Server(echo, "127.0.0.1", 0)
    with connected(served.address) as silent:
        assert ask(served.address).status == 200
        served.close()
        served.close()
        assert silent.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        connected(served.address)

"""Only the reader who has the address gets in, and only from the page at this address."""

import socket

import pytest

from torchdemos.view.serving.guard import Guard
from torchdemos.view.serving.request import Head, Refusal


def admitted(guard: Guard, method: str = "GET", path: str | None = None, **headers: str) -> bool:
    names = {"host": "127.0.0.1:6007"} | {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        guard.admit(Head(method, f"/{guard.token}/change" if path is None else path, names))
    except Refusal as refusal:
        assert refusal.status == 403
        return False
    return True


OWN = Guard("127.0.0.1")
OPEN = Guard("0.0.0.0")
FOREIGN = [
    "evil.example",
    "localhost.evil.example:6007",
    "127.0.0.1.evil.example",
    "localhost.",
    "\u217cocalhost",
    "x@localhost",
    "localhost/",
    ":6007",
    "localhost:6007:1",
    "[::1",
    "::1",
    "2130706433",
    "0x7f.1",
]


def test_the_path_behind_the_token_is_given() -> None:
    assert OWN.admit(Head("GET", f"/{OWN.token}/a/b", {"host": "localhost"})) == "a/b"


def test_every_server_has_a_token_of_its_own() -> None:
    assert OWN.token != OPEN.token and len(OWN.token) > 20


@pytest.mark.parametrize("path", ["", "/", "//", "/events", "/{}", "/{}x/", "/x/{}/", "//{}/", "/{}é/", "/é/", "{}"])
def test_a_path_without_exactly_the_token_is_refused(path: str) -> None:
    assert not admitted(OWN, path=path.format(OWN.token) if path != "{}" else OWN.token)


@pytest.mark.parametrize("host", ["127.0.0.1:6007", "localhost:6007", "LOCALHOST", "[::1]:8080", "127.8.8.8"])
def test_a_name_of_this_machine_is_admitted_through_a_tunnel_too(host: str) -> None:
    assert admitted(OWN, host=host) and admitted(OPEN, host=host)


@pytest.mark.parametrize("host", [*FOREIGN, "", "localhost evil.example"])
def test_no_other_name_is(host: str) -> None:
    assert not admitted(OWN, host=host) and not admitted(OPEN, host=host)


def test_a_server_for_others_takes_their_addresses_and_its_own_names_for_this_machine() -> None:
    hosts = ["192.168.0.7:6007", "[fe80::1]:6007", f"{socket.gethostname()}:6007"]
    assert [admitted(OPEN, host=host) for host in hosts] == [True] * 3
    assert not any(admitted(OWN, host=host) for host in hosts[:2])
    assert admitted(Guard("box.example"), host="Box.Example:6007")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "origin", ["null", "", "http://evil.example", "https://127.0.0.1:6007", "http://127.0.0.1", "http://localhost:6007"]
)
def test_another_origin_is_refused(method: str, origin: str) -> None:
    assert not admitted(OWN, method, origin=origin)


def test_its_own_origin_is_admitted_and_so_is_a_program_that_tells_none() -> None:
    assert admitted(OWN, "POST", origin="http://127.0.0.1:6007", sec_fetch_site="same-origin")
    assert admitted(OWN, "POST")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_may_only_lead_here(site: str) -> None:
    assert not admitted(OWN, "GET", sec_fetch_site=site, sec_fetch_mode="no-cors")
    assert not admitted(OWN, "POST", sec_fetch_site=site, sec_fetch_mode="navigate")
    assert admitted(OWN, "GET", sec_fetch_site=site, sec_fetch_mode="navigate")

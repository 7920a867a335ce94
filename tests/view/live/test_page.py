"""A page over real sockets: what it is sent, what it may ask for, and what happens to those who ask for worse."""

import json
import socket
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from patience import SECONDS, until
from raw_http import ask, connected, request

from torchdemos.view.live import desk, feed, snapshots
from torchdemos.view.live.page import Change, Page
from torchdemos.view.serving import places, sending, server


def check(name: str, value: Any) -> Any:
    if name != "rate":
        raise ValueError(f"there is no control {name}")
    if not isinstance(value, (int, float)) or value <= 0:
        raise ValueError(f"rate is {value}: give a positive number")
    return float(value)


ABSENT = [
    "../server.py",
    "..%2fserver.py",
    "../web/dom.js",
    "./dom.js",
    "..\\server.py",
    "../../../pyproject.toml",
    "~/x.js",
    "C:dom.js",
    "dom.js/",
    "/dom.js",
    "dom.js%00",
    "DOM.JS",
    ".css",
    "none.js",
    "__init__.py",
    "live.html/",
]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setattr(desk, "PERIOD", 0.001)
    monkeypatch.setattr(feed, "PERIOD", 0.001)
    page = Page(check, port=0)
    yield page
    page.close()


class Events:
    """A page that takes events."""

    def __init__(self, page: Page) -> None:
        self._connection = connected(page.address)
        self._connection.sendall(request(page.address, path="events"))
        self._lines = self._connection.makefile("rb")
        while self._lines.readline() != b"\r\n":
            pass

    def __enter__(self) -> "Events":
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._connection.close()

    def lines(self) -> Iterator[bytes]:
        return iter(self._lines.readline, b"")

    def next(self) -> dict[str, Any]:
        return next(json.loads(line[6:]) for line in self.lines() if line.startswith(b"data: "))


def change(page: Page, asked: Any, **headers: str | None) -> Any:
    body = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
    return ask(page.address, "POST", "change", body, **headers)


def test_a_page_gets_scene_and_curves_then_points_and_frames(page: Page) -> None:
    page.scene(title="t")
    page.begin("a", "first")
    page.point(0, 2.5)
    with Events(page) as events:
        assert events.next() == {
            "scene": {"title": "t"},
            "curves": [{"name": "a", "words": "first", "steps": [0], "losses": [2.5], "accuracies": []}],
        }
        assert page.pages == 1
        page.frame({"loss": float("nan"), "neurons": [b"\0\0\x80?", None]}, 0.001)
        assert events.next() == {"frame": {"loss": "NaN", "neurons": ["AACAPw==", None]}}
        until(page.wants_frame)
        page.accuracy(1, 0.5)
        assert events.next() == {"points": {"steps": [], "losses": [], "accuracies": [[1, 0.5]]}}


def test_a_page_that_goes_is_known_at_once_and_wants_no_more_frames(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "QUIET_SECONDS", 60)  # nothing is written that would fail
    with Events(page):
        until(page.wants_frame)
    until(lambda: page.pages == 0)
    assert not page.wants_frame()


def test_quiet_is_broken_by_an_event_that_a_page_hears(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "QUIET_SECONDS", 0.001)
    with Events(page) as events:
        assert events.next() == {}


def test_the_end_is_told_to_open_pages_even_if_the_server_stops_then(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "PARTING_SECONDS", SECONDS)  # until it has the last news
    monkeypatch.setattr(sending, "PARTING_SECONDS", 0.01)  # for this page, which stays
    with Events(page) as events:
        page.over("the training has ended")
        page.close()
        assert events.next() == {"over": "the training has ended"} and [*events.lines()] == [b"\n"]


def test_a_change_that_is_checked_reaches_the_training(page: Page) -> None:
    found = change(page, {"name": "rate", "value": 1})
    assert (found.status, found.body) == (204, "") and "content-length" not in found.headers
    page.wait(10)
    assert page.changes() == [Change("rate", 1.0)] and page.changes() == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"name": "<b>width</b>", "value": 3}, "there is no control <b>width</b>"),
        ({"name": "\ud800", "value": 3}, "there is no control ?"),
        ({"name": "rate", "value": 0}, "rate is 0: give a positive number"),
        ({"name": "rate", "value": [1]}, "rate is [1]: give a positive number"),
        ({"name": "rate", "value": float("nan")}, "NaN is no number that a training can use"),
        (b'{"name": "rate", "value": 1e999}', "1e999 is no number that a training can use"),
        ({"name": "rate"}, 'a change is {"name": ..., "value": ...}'),
        ({"name": "rate", "value": 1, "more": 1}, 'a change is {"name": ..., "value": ...}'),
        ({"name": ["rate"], "value": 1}, 'a change is {"name": ..., "value": ...}'),
        (["rate", 1], 'a change is {"name": ..., "value": ...}'),
        (None, 'a change is {"name": ..., "value": ...}'),
        (b"rate=1", "this is no JSON"),
        (b"", "this is no JSON"),
        (b"[" * 60_000, "this is nested without end"),
    ],
)
def test_a_wrong_change_is_a_sentence_and_changes_nothing(page: Page, asked: Any, words: str) -> None:
    found = change(page, asked)
    assert (found.status, found.body) == (400, f"{words}\n")
    assert found.headers["content-type"] == "text/plain; charset=utf-8"
    assert page.changes() == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_type": "text/plain"}, 415),
        ({"content_type": "application/x-www-form-urlencoded"}, 415),
        ({"content_type": None}, 415),
        ({"host": "evil.example"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
    ],
)
def test_a_change_from_elsewhere_changes_nothing(page: Page, headers: dict[str, str | None], status: int) -> None:
    assert change(page, {"name": "rate", "value": 1}, **headers).status == status
    assert page.changes() == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD", "X"])
def test_nothing_but_a_post_changes_anything(page: Page, method: str) -> None:
    assert ask(page.address, method, "change?name=rate&value=1").status == (404 if method == "GET" else 405)
    assert page.changes() == []


def test_after_the_end_a_change_is_refused(page: Page) -> None:
    page.over("all 100 steps are done")
    found = change(page, {"name": "rate", "value": 1})
    assert (found.status, found.body) == (409, "the training is over: all 100 steps are done\n")
    assert ask(page.address, path="snapshot").status == 409


def test_files_of_the_page_have_their_kinds(page: Page) -> None:
    assert ask(page.address).headers["content-type"] == "text/html; charset=utf-8"
    assert ask(page.address, path="dom.js").headers["content-type"] == "text/javascript; charset=utf-8"
    assert ask(page.address, path="style.css").headers["content-type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize("path", ABSENT)
def test_nothing_else_is_served(page: Page, path: str) -> None:
    assert ask(page.address, path=path).status in (403, 404)


def test_a_snapshot_is_made_for_all_who_ask(page: Page) -> None:
    found: list[Any] = []
    asking = [
        threading.Thread(target=lambda: found.append(ask(page.address, path="snapshot")), daemon=True) for _ in range(2)
    ]
    assert not page.wants_snapshot()
    for thread in asking:
        thread.start()
    while len(found) < 2:
        if page.wants_snapshot():
            page.give_snapshot([b"one", b"two"], step=7)
        time.sleep(0.001)
    for answer in found:
        told = json.loads(answer.body)
        assert told["step"] == 7 and [b64decode(blob) for blob in told["blobs"]] == [b"one", b"two"]
    assert not page.wants_snapshot()


def test_a_snapshot_that_does_not_come_is_no_longer_wanted(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "PATIENCE", 0.01)
    found = ask(page.address, path="snapshot")
    assert found.status == 503 and found.body.startswith("the training has made no step")
    assert not page.wants_snapshot()
    page.give_snapshot([], 0)


def test_who_waits_for_a_snapshot_hears_of_the_end(page: Page) -> None:
    found: list[Any] = []
    asking = threading.Thread(target=lambda: found.append(ask(page.address, path="snapshot")), daemon=True)
    asking.start()
    while not page.wants_snapshot():
        time.sleep(0.001)
    page.over("it was stopped")
    asking.join()
    assert (found[0].status, found[0].body) == (409, "the training is over: it was stopped\n")
    assert not page.wants_snapshot()


def test_more_pages_than_a_class_has_are_refused(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MOST_PAGES", 2)
    with Events(page), Events(page):
        until(lambda: page.pages == 2)
        assert ask(page.address, path="events").status == 503
        assert ask(page.address).status == 200


def test_a_page_that_does_not_read_gets_fewer_frames_and_then_the_newest(page: Page) -> None:
    picture = bytes(100_000)
    with Events(page) as asleep, Events(page) as awake:
        for step in range(60):
            page.frame({"step": step, "picture": picture}, 0.0)
            while awake.next()["frame"]["step"] < step:
                pass
        got = [asleep.next()["frame"]["step"]]
        while got[-1] < 59:
            got.append(asleep.next()["frame"]["step"])
    assert len(got) < 40 and got == sorted(got)


def test_a_page_that_never_wakes_is_let_go(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "WRITE_SECONDS", 0.01)
    with Events(page):
        until(lambda: page.pages == 1)
        page.frame({"picture": bytes(20_000_000)}, 0.0)
        until(lambda: page.pages == 0)


def test_an_open_page_goes_on_while_all_other_places_are_taken_by_silence(page: Page) -> None:
    with Events(page) as events:
        until(lambda: page.pages == 1)
        silent: list[socket.socket] = [connected(page.address) for _ in range(places.MOST)]
        page.frame({"step": 1}, 0.0)
        assert events.next() == {"frame": {"step": 1}}
        assert change(page, {"name": "rate", "value": 1}).status == 204
        for connection in silent:
            connection.close()


def test_of_many_who_know_the_token_a_class_gets_in_and_goes_on(page: Page) -> None:
    page.scene(title="t")
    many = [connected(page.address) for _ in range(places.MOST)]
    for connection in many:
        connection.sendall(request(page.address, path="events"))
    until(lambda: page.pages == desk.MOST_PAGES)
    until(lambda: change(page, {"name": "rate", "value": 1}).status == 204)
    assert page.pages == desk.MOST_PAGES
    for connection in many:
        connection.close()
    until(lambda: page.pages == 0)


def test_where_all_places_are_known_the_next_connection_is_closed(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOST", 2)
    with Events(page) as first, Events(page) as second:
        until(lambda: page.pages == 2)
        with connected(page.address) as third:
            assert third.recv(1) == b""
        page.frame({"step": 1}, 0.0)
        assert first.next() == second.next() == {"frame": {"step": 1}}


def test_only_an_address_for_others_has_a_warning(page: Page) -> None:
    assert page.warning == ""
    others = Page(check, host="0.0.0.0", port=0)
    others.close()
    assert others.warning == (
        "Everybody who reaches this machine and has this address can change the training. "
        "Others write its IP address in the place of 127.0.0.1."
    )
    assert others.address.startswith("http://127.0.0.1:")

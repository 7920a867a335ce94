"""Each page gets what it lacks, the newest frame wins, and frames are made when somebody sees them."""

import json
from typing import Any

import pytest

from torchdemos.view.live import feed as feed_module
from torchdemos.view.live.curves import MOST_CURVES, MOST_POINTS
from torchdemos.view.live.feed import Feed, State


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(feed_module, "time", clock)
    return clock


class Reader:
    """A page that has opened."""

    def __init__(self, feed: Feed) -> None:
        self.feed, self.state = feed, State()
        feed.enter()

    def read(self) -> dict[str, Any]:
        """What it is sent now, and has then."""
        text, self.state = self.feed.news(self.state)
        self.feed.seen(self.state)
        return json.loads(text) if text else {}


@pytest.fixture
def feed(clock: Clock) -> Feed:
    found = Feed(lambda: None)
    found.scene({"title": "t", "seed": 0})
    found.begin("a", "first")
    return found


def test_a_page_that_opens_gets_everything_and_then_only_what_is_new(feed: Feed) -> None:
    feed.point(0, 2.5)
    feed.frame({"step": 0}, 0.0)
    page = Reader(feed)
    curve = {"name": "a", "words": "first", "steps": [0], "losses": [2.5], "accuracies": []}
    assert page.read() == {"scene": {"title": "t", "seed": 0}, "curves": [curve], "frame": {"step": 0}}
    assert page.read() == {}
    feed.point(1, 2.0)
    feed.accuracy(1, 0.5)
    assert page.read() == {"points": {"steps": [1], "losses": [2.0], "accuracies": [[1, 0.5]]}}
    feed.scene({"seed": 1})
    assert page.read() == {"scene": {"title": "t", "seed": 1}}


def test_two_pages_get_the_same_each_at_its_own_pace(feed: Feed) -> None:
    fast, slow = Reader(feed), Reader(feed)
    fast.read()
    slow.read()
    got: list[int] = []
    for step in range(5):
        feed.point(step, 1.0)
        got += fast.read()["points"]["steps"]
    assert got == slow.read()["points"]["steps"] == [0, 1, 2, 3, 4]


def test_of_frames_the_newest_wins(feed: Feed) -> None:
    page = Reader(feed)
    page.read()
    for step in range(3):
        feed.frame({"step": step}, 0.0)
    assert page.read() == {"frame": {"step": 2}}


def test_a_frame_is_written_once_for_all_pages(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [Reader(feed) for _ in range(3)]
    written: list[Any] = []
    monkeypatch.setattr(feed_module, "encoded", lambda content: written.append(content) or "1")
    feed.frame({"step": 0}, 0.0)
    assert [page.read()["frame"] for page in pages] == [1, 1, 1]
    assert written.count({"step": 0}) == 1


def test_curves_come_anew_when_one_begins_and_when_points_are_dropped(feed: Feed) -> None:
    page = Reader(feed)
    page.read()
    feed.point(0, 1.0)
    feed.begin("b", "second")
    feed.point(0, 3.0)
    found = page.read()
    assert [curve["losses"] for curve in found["curves"]] == [[1.0], [3.0]] and "points" not in found
    for step in range(1, MOST_POINTS):
        feed.point(step, 2.0)
    assert page.read()["points"]["steps"][0] == 1
    feed.point(MOST_POINTS, 2.0)
    assert len(page.read()["curves"][1]["steps"]) == MOST_POINTS / 2 + 1


def test_the_latest_curves_are_kept(feed: Feed) -> None:
    for name in "bcdefgh":
        feed.begin(name, "")
        feed.point(0, 1.0)
    assert [curve["name"] for curve in Reader(feed).read()["curves"]] == [*"cdefgh"][-MOST_CURVES:]


def test_a_curve_without_a_point_makes_room_for_the_next_one(feed: Feed) -> None:
    feed.point(0, 1.0)
    feed.begin("b", "second")
    feed.accuracy(0, 0.1)
    feed.begin("c", "third")
    assert [curve["name"] for curve in Reader(feed).read()["curves"]] == ["a", "c"]


def test_no_frame_is_wanted_without_a_page(feed: Feed) -> None:
    assert not feed.wants_frame()
    page = Reader(feed)
    assert feed.wants_frame()
    page.feed.leave()
    assert not feed.wants_frame()


def test_the_next_frame_is_wanted_once_a_page_has_the_latest(feed: Feed, clock: Clock) -> None:
    fast, slow = Reader(feed), Reader(feed)
    feed.frame({}, 0.0)
    clock.now += 1
    assert not feed.wants_frame()
    _, old = feed.news(slow.state)
    fast.read()
    assert feed.wants_frame()
    feed.frame({}, 0.0)
    clock.now += 1
    feed.seen(old)  # the slow page has been sent the frame before
    assert not feed.wants_frame()
    fast.read()
    feed.seen(old)
    assert feed.wants_frame()


def frames_in(feed: Feed, clock: Clock, seconds: float, cost: float) -> int:
    """How many frames are made while a page reads, each at this cost."""
    page, end, made = Reader(feed), clock.now + seconds, 0
    while clock.now < end:
        page.read()
        if feed.wants_frame():
            clock.now += cost
            feed.frame({}, cost)
            made += 1
        clock.now += 0.001
    return made


@pytest.mark.parametrize(
    ("cost", "expected"), [(0.0, 200), (0.002, 200), (0.004, 125), (0.01, 100), (0.05, 20), (0.5, 3)]
)
def test_frames_come_up_to_twenty_times_a_second_and_cost_at_most_a_tenth(
    feed: Feed, clock: Clock, cost: float, expected: int
) -> None:
    assert frames_in(feed, clock, seconds=10, cost=cost) == pytest.approx(expected, rel=0.03, abs=1)


def test_a_single_slow_frame_holds_up_nobody(feed: Feed, clock: Clock) -> None:
    page = Reader(feed)
    for cost in (3.0, 0.001, 3.0, 0.001):  # the first warms up, the third was interrupted
        page.read()
        assert feed.wants_frame()
        feed.frame({}, cost)
        clock.now += 0.06


def test_the_end_is_told_once_and_to_pages_that_open_later(feed: Feed) -> None:
    page = Reader(feed)
    page.read()
    feed.over("done")
    assert page.read() == {"over": "done"} and page.read() == {}
    assert Reader(feed).read()["over"] == "done"


def test_points_before_any_curve_belong_to_none() -> None:
    feed = Feed(lambda: None)
    feed.point(0, 1.0)
    assert Reader(feed).read() == {}

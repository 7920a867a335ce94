"""What is at each address below the token of a live page."""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Callable
from typing import Any

from torchdemos.view import web
from torchdemos.view.live.changes import Change, Changes
from torchdemos.view.live.encoding import decoded, encoded
from torchdemos.view.live.feed import PERIOD, Feed, State
from torchdemos.view.live.pulse import Pulse
from torchdemos.view.live.snapshots import Snapshots
from torchdemos.view.serving.answer import Answer
from torchdemos.view.serving.request import Head, Refusal

MOST_PAGES = 32
QUIET_SECONDS = 2  # until a page is told that the program is still there
RETRY = b"retry: 1000\n\n"  # milliseconds until a lost page asks again
HEARTBEAT = b"data: {}\n\n"  # an event without news: of a comment a page hears nothing
FILE = re.compile(r"[a-z0-9_]+\.(js|css|html)", re.ASCII)
KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
Check = Callable[[str, Any], Any]


class Desk:
    """Answers pages from the feed, and puts what they ask for among the changes."""

    def __init__(self, check: Check, feed: Feed, pulse: Pulse) -> None:
        self.changes, self.snapshots = Changes(), Snapshots()
        self._check, self._feed, self._pulse = check, feed, pulse
        self.is_closed = False

    async def __call__(self, head: Head, path: str, body: bytes) -> Answer:
        if (head.method, path) == ("POST", "change"):
            return self._change(head, body)
        if head.method != "GET":
            raise Refusal(405, "only a change is asked for by POST, everything else by GET")
        if path == "events":
            return self._events()
        if path == "snapshot":
            return await self._snapshot()
        return file("live.html" if path == "" else path)

    def _change(self, head: Head, body: bytes) -> Answer:
        if head.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refusal(415, "a change is sent as application/json")
        if self._feed.ended is not None:
            raise self._over()
        try:
            asked = decoded(body)
            if not isinstance(asked, dict) or asked.keys() != {"name", "value"} or not isinstance(asked["name"], str):
                raise ValueError('a change is {"name": ..., "value": ...}')
            change = Change(asked["name"], self._check(asked["name"], asked["value"]))
        except ValueError as error:
            raise Refusal(400, str(error)) from error
        self.changes.put(change)
        return Answer(204)

    def _events(self) -> Answer:
        if self._feed.pages >= MOST_PAGES:
            raise Refusal(503, f"{MOST_PAGES} pages are open already: close one")
        return Answer(200, self._stream(), "text/event-stream")

    async def _stream(self) -> AsyncGenerator[bytes, None]:
        """Goes on when a piece has been sent. What came meanwhile is sent then; of frames, only the newest."""
        known = State()
        self._feed.enter()
        try:
            yield RETRY
            while True:
                beat = self._pulse.expected()
                text, state = self._feed.news(known)
                if text:
                    yield f"data: {text}\n\n".encode()
                    self._feed.seen(state)
                    known = state
                    await asyncio.sleep(PERIOD)
                elif self.is_closed:
                    return
                elif not await _heard(beat):
                    yield HEARTBEAT
        finally:
            self._feed.leave()

    async def _snapshot(self) -> Answer:
        if self._feed.ended is not None:
            raise self._over()
        try:
            found = await self.snapshots.next()
        except TimeoutError as error:
            raise Refusal(503, "the training has made no step: let it go on, and ask again") from error
        if found is None:
            raise self._over()
        return Answer(200, encoded({"step": found.step, "blobs": found.blobs}).encode(), "application/json")

    def _over(self) -> Refusal:
        return Refusal(409, f"the training is over: {self._feed.ended}")


async def _heard(beat: asyncio.Event) -> bool:
    """Whether there may be news, once something has come or all was quiet for a while."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(QUIET_SECONDS):
            return await beat.wait()
    return False


def file(name: str) -> Answer:
    """A file of `web/`, which is one flat folder. Raises `Refusal` for any other name."""
    path = web.FOLDER / name
    if not FILE.fullmatch(name) or not path.is_file():
        raise Refusal(404, "there is nothing at this address")
    return Answer(200, path.read_bytes(), KINDS[path.suffix])

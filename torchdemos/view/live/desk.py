"""What is at each address below the token of a live page."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

from torchdemos.view import web
from torchdemos.view.live.changes import Change, Changes
from torchdemos.view.live.encoding import decoded, encoded
from torchdemos.view.live.feed import PERIOD, Cursor, Feed
from torchdemos.view.live.pulse import Pulse
from torchdemos.view.live.snapshots import Snapshots
from torchdemos.view.serving.answer import Answer
from torchdemos.view.serving.request import Head, Refusal

MOST_PAGES = 32
HEARTBEAT = 5  # seconds without news until a page is told that the training is still there
FILE = re.compile(r"[a-z0-9_]+\.(js|css)", re.ASCII)
KINDS = {"html": "text/html", "js": "text/javascript", "css": "text/css"}
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
            raise Refusal(409, f"the training is over: {self._feed.ended}")
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

    async def _stream(self) -> AsyncIterator[bytes]:
        """Goes on when what it gave has been sent: what came meanwhile is sent then, of frames only the newest."""
        sent = Cursor()
        self._feed.open()
        try:
            yield b"retry: 1000\n\n"
            while True:
                beat = self._pulse.expected()
                text, now = self._feed.news(sent)
                if text:
                    yield f"data: {text}\n\n".encode()
                    self._feed.sent(now)
                    sent = now
                    await asyncio.sleep(PERIOD)
                elif self.is_closed:
                    return
                else:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(beat.wait(), HEARTBEAT)
                        continue
                    yield b":\n\n"
        finally:
            self._feed.leave()

    async def _snapshot(self) -> Answer:
        try:
            blobs, step = await self.snapshots.ask()
        except TimeoutError as error:
            raise Refusal(503, "the training has made no step: let it go on, and ask again") from error
        return Answer(200, encoded({"step": step, "blobs": blobs}).encode(), "application/json")


def file(name: str) -> Answer:
    """A file of `web/`. Raises `Refusal` for any other name."""
    path = web.FOLDER / name
    if not (name == "live.html" or FILE.fullmatch(name)) or not path.is_file():
        raise Refusal(404, "there is nothing at this address")
    return Answer(200, path.read_bytes(), KINDS[name.rpartition(".")[2]])

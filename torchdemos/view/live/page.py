"""The page of a training, as the training's thread holds it: it says what there is to see, and takes what is asked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torchdemos.view.live.changes import Change
from torchdemos.view.live.desk import Desk
from torchdemos.view.live.feed import Feed
from torchdemos.view.live.pulse import Pulse
from torchdemos.view.live.snapshots import Snapshot
from torchdemos.view.serving.listening import EVERY
from torchdemos.view.serving.server import Server

__all__ = ["Change", "Page"]


class Page:
    """Serves one training to any number of pages. No method waits for a page, and without one each takes microseconds.

    `check(name, value)` runs in a thread of the server: it gives the value to pass on, or raises `ValueError` in a
    sentence for who asked. `address` holds the token and `warning` says who else can use it, empty for nobody. Raises
    `OSError` or `ValueError` in a sentence if it cannot serve there; port 0 is any free one.
    """

    def __init__(self, check: Callable[[str, Any], Any], host: str = "127.0.0.1", port: int = 6007) -> None:
        self._pulse = Pulse()
        self._feed = Feed(self._pulse.give)
        self._desk = Desk(check, self._feed, self._pulse)
        self._server = Server(self._desk, host, port)
        self._pulse.loop = self._server.loop
        self.address = self._server.address
        self.warning = _who_else(host) if self._server.is_open else ""

    @property
    def pages(self) -> int:
        """How many are open."""
        return self._feed.pages

    def scene(self, **parts: Any) -> None:
        """Say what rarely changes; parts that are not named stay as they are."""
        self._feed.scene(parts)

    def begin(self, name: str, words: str) -> None:
        """A training begins, and with it a new curve beside the latest five, or in the place of one without a point."""
        self._feed.begin(name, words)

    def point(self, step: int, loss: float) -> None:
        """One more point of the current curve."""
        self._feed.point(step, loss)

    def accuracy(self, step: int, accuracy: float) -> None:
        """The accuracy after so many steps, as one more point of the current curve."""
        self._feed.accuracy(step, accuracy)

    def wants_frame(self) -> bool:
        """Whether a page has the latest frame and time for another, and the training has time to make it."""
        return self._feed.wants_frame()

    def frame(self, content: Mapping[str, Any], seconds: float) -> None:
        """Show this, which took the training so many seconds; it must not change any more. The newest frame wins."""
        self._feed.frame(content, seconds)

    def changes(self) -> list[Change]:
        """What was asked for since the last call, in that order."""
        return self._desk.changes.take()

    def wait(self, seconds: float) -> None:
        """Return when this time is over, or a change has come."""
        self._desk.changes.wait(seconds)

    def wants_snapshot(self) -> bool:
        """Whether a page waits for one."""
        return self._desk.snapshots.wanted()

    def give_snapshot(self, blobs: Sequence[bytes], step: int) -> None:
        """Answer all pages that wait for one."""
        self._desk.snapshots.give(Snapshot(blobs, step))

    def over(self, words: str) -> None:
        """The training has ended: pages keep what they show and say so, and changes are refused."""
        self._feed.over(words)
        self._desk.snapshots.give(None)

    def close(self) -> None:
        """Stop serving, once pages that read have the last news."""
        self._desk.is_closed = True
        self._pulse.give()
        self._server.close()


def _who_else(host: str) -> str:
    where = "" if host in EVERY else f" as {host}"
    how = f" Others write its IP address in the place of {EVERY[host]}." if host in EVERY else ""
    return f"Everybody who reaches this machine{where} and has this address can change the training.{how}"

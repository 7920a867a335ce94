"""What a live page is sent: the scene, the curves and the newest frame, to each page what it does not have yet."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from torchdemos.view.live.curves import MOST_CURVES, Curve
from torchdemos.view.live.encoding import encoded

PERIOD = 1 / 20  # seconds between two frames at least
FRAME_SHARE = 0.1  # of the training's time that making frames may cost


class Cursor:
    """What one page has been sent: versions of the whole parts, and how many points of the current curve."""

    scene = curves = frame = points = accuracies = 0
    over = False


class Feed:
    """Written by the training, read by the server. No method waits for a page, and none makes JSON but `news`."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.pages = 0
        self.ended: str | None = None
        self._wake = wake
        self._lock = threading.Lock()
        self._scene: dict[str, Any] = {}
        self._curves: list[Curve] = []
        self._frame: Mapping[str, Any] = {}
        self._versions = Cursor()
        self._texts: dict[str, tuple[int, str]] = {}  # the JSON of a part, and the version that it is of
        self._shown = False  # whether a page has the latest frame
        self._due = self._cost = 0.0

    def scene(self, parts: Mapping[str, Any]) -> None:
        with self._lock:
            self._scene = {**self._scene, **parts}
            self._versions.scene += 1
        self._wake()

    def begin(self, name: str, words: str) -> None:
        with self._lock:
            self._curves = [*self._curves[1 - MOST_CURVES :], Curve(name, words)]
            self._versions.curves += 1
        self._wake()

    def point(self, step: int, loss: float, accuracy: float | None) -> None:
        with self._lock:
            if not self._curves:
                self._curves = [Curve("", "")]
                self._versions.curves += 1
            if self._curves[-1].add(step, loss, accuracy):
                self._versions.curves += 1
        self._wake()

    def wants_frame(self) -> bool:
        return self._shown and time.monotonic() >= self._due

    def frame(self, content: Mapping[str, Any], seconds: float) -> None:
        """A frame that took much longer than the one before it was held up by something else."""
        with self._lock:
            cost, self._cost = min(seconds, self._cost), seconds
            self._due = time.monotonic() + max(PERIOD - seconds, cost / FRAME_SHARE - cost)
            self._frame = content
            self._versions.frame += 1
            self._shown = False
        self._wake()

    def over(self, words: str) -> None:
        with self._lock:
            self.ended = words
        self._wake()

    def open(self) -> None:
        with self._lock:
            self.pages += 1
            self._shown = self._shown or not self._versions.frame

    def leave(self) -> None:
        with self._lock:
            self.pages -= 1
            self._shown = self._shown and self.pages > 0

    def news(self, sent: Cursor) -> tuple[str, Cursor]:
        """One JSON object with all that is newer than what was sent, empty if nothing is; and what is sent with it."""
        with self._lock:
            now, parts = Cursor(), {}
            now.scene, now.curves, now.frame = self._versions.scene, self._versions.curves, self._versions.frame
            now.over = self.ended is not None
            if now.scene > sent.scene:
                parts["scene"] = self._scene
            self._add_curves(parts, sent, now)
            if now.frame > sent.frame:
                parts["frame"] = self._frame
            if now.over and not sent.over:
                parts["over"] = self.ended
        texts = [f'"{name}":{self._text(name, getattr(now, name), part)}' for name, part in parts.items()]
        return ("{" + ",".join(texts) + "}" if texts else ""), now

    def sent(self, now: Cursor) -> None:
        """A page has this much."""
        with self._lock:
            self._shown = now.frame == self._versions.frame and self.pages > 0

    def _add_curves(self, parts: dict[str, Any], sent: Cursor, now: Cursor) -> None:
        if not self._curves:
            return
        latest = self._curves[-1]
        now.points, now.accuracies = len(latest.steps), len(latest.accuracies)
        if now.curves > sent.curves:
            parts["curves"] = [curve.content() for curve in self._curves]
        elif now.points > sent.points or now.accuracies > sent.accuracies:
            parts["points"] = latest.points(sent.points, sent.accuracies)

    def _text(self, name: str, version: int, part: Any) -> str:
        """The JSON of a part; a scene and a frame are written once for all pages."""
        if name not in ("scene", "frame"):
            return encoded(part)
        if self._texts.get(name, (0, ""))[0] != version:
            self._texts[name] = version, encoded(part)
        return self._texts[name][1]

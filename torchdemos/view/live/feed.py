"""What live pages are sent: the scene, the curves and the newest frame, each page what it does not have yet."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from torchdemos.view.live.curves import MOST_CURVES, Curve
from torchdemos.view.live.encoding import encoded

PERIOD, SLOW_PERIOD = 1 / 20, 1 / 10  # seconds from frame to frame at least, and where frames cost much
FRAME_SHARE, MOST_SHARE = 0.05, 0.1  # of the training's time: what much is, and what they never cost


@dataclass
class State:
    """How far things are: versions of what is sent whole, and how many points the current curve has."""

    scene: int = 0
    curves: int = 0
    points: int = 0
    accuracies: int = 0
    frame: int = 0
    over: bool = False


class Feed:
    """Written by the training, read by the server. Nothing here waits for a page, and only `news` writes JSON.

    `wake` is called after each change.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self.pages = 0
        self.ended: str | None = None
        self._wake = wake
        self._lock = threading.Lock()
        self._state = State()
        self._scene: dict[str, Any] = {}
        self._curves: list[Curve] = []
        self._frame: Mapping[str, Any] = {}
        self._written: dict[str, tuple[int, str]] = {}  # a version and its JSON, written once for all pages
        self._is_seen = False  # whether a page has the latest frame
        self._due = self._cost = 0.0

    def scene(self, parts: Mapping[str, Any]) -> None:
        with self._lock:
            self._scene = {**self._scene, **parts}
            self._state.scene += 1
        self._wake()

    def begin(self, name: str, words: str) -> None:
        with self._lock:
            grown = [curve for curve in self._curves if curve.steps]
            self._curves = [*grown[1 - MOST_CURVES :], Curve(name, words)]
            self._count(is_new=True)
        self._wake()

    def point(self, step: int, loss: float) -> None:
        """Points before the first `begin` belong to no curve."""
        with self._lock:
            if self._curves:
                self._count(is_new=self._curves[-1].add(step, loss))
        self._wake()

    def accuracy(self, step: int, accuracy: float) -> None:
        with self._lock:
            if self._curves:
                self._count(is_new=self._curves[-1].add_accuracy(step, accuracy))
        self._wake()

    def frame(self, content: Mapping[str, Any], seconds: float) -> None:
        """A frame that cost much more than the one before was held up by something else."""
        with self._lock:
            cost, self._cost = min(seconds, self._cost), seconds
            self._due = time.monotonic() + max(PERIOD - seconds, _period(cost) - cost)
            self._frame = content
            self._state.frame += 1
            self._is_seen = False
        self._wake()

    def over(self, words: str) -> None:
        with self._lock:
            self.ended = words
            self._state.over = True
        self._wake()

    def wants_frame(self) -> bool:
        return self._is_seen and time.monotonic() >= self._due

    def enter(self) -> None:
        """A page opens."""
        with self._lock:
            self.pages += 1
            self._is_seen = self._is_seen or not self._state.frame

    def leave(self) -> None:
        with self._lock:
            self.pages -= 1
            self._is_seen = self._is_seen and self.pages > 0

    def news(self, known: State) -> tuple[str, State]:
        """One JSON object with all that a page does not know, empty for nothing, and the state that it then knows."""
        with self._lock:
            state = replace(self._state)
            parts = self._parts(known, state)
        texts = [f'"{name}":{self._text(name, part, state)}' for name, part in parts.items()]
        return (f"{{{','.join(texts)}}}" if texts else ""), state

    def seen(self, state: State) -> None:
        """A page has been sent this much."""
        with self._lock:
            self._is_seen = self._is_seen or state.frame == self._state.frame

    def _count(self, is_new: bool) -> None:
        self._state.curves += is_new
        self._state.points, self._state.accuracies = len(self._curves[-1].steps), len(self._curves[-1].accuracies)

    def _parts(self, known: State, state: State) -> dict[str, Any]:
        parts: dict[str, Any] = {}
        if state.scene != known.scene:
            parts["scene"] = self._scene
        if state.curves != known.curves:
            parts["curves"] = [curve.content() for curve in self._curves]
        elif (state.points, state.accuracies) != (known.points, known.accuracies):
            parts["points"] = self._curves[-1].points(known.points, known.accuracies)
        if state.frame != known.frame:
            parts["frame"] = self._frame
        if state.over and not known.over:
            parts["over"] = self.ended
        return parts

    def _text(self, name: str, part: Any, state: State) -> str:
        if name not in ("scene", "frame"):
            return encoded(part)
        version, text = self._written.get(name, (0, ""))
        if version != getattr(state, name):
            version, text = self._written[name] = getattr(state, name), encoded(part)
        return text


def _period(cost: float) -> float:
    """Seconds from frame to frame, where each costs the training so many."""
    return max(min(cost / FRAME_SHARE, SLOW_PERIOD), cost / MOST_SHARE)

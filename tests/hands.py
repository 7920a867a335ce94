"""A page that nobody looks at, for sessions of the playground whose every turn a test takes itself."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from torchdemos.lab.data import Digits
from torchdemos.lab.playground import asking, missions
from torchdemos.lab.playground.missions import Mission
from torchdemos.lab.playground.record import Record
from torchdemos.lab.playground.session import Session

MOST_WAITS = 100
TICK = 0.001  # seconds from look to look at the clock, however long they are: what has its time has it everywhere


class Hands:
    """Asks for changes, and keeps what it is told. It waits for nothing."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}
        self.curves: list[tuple[str, str]] = []
        self.points: list[tuple[int, float]] = []
        self.accuracies: list[tuple[int, float]] = []  # of the latest curve
        self._is_empty = False
        self.frames: list[Mapping[str, Any]] = []
        self.snapshots: list[tuple[Sequence[bytes], int]] = []
        self.waits: list[float] = []
        self.wants_frames, self.wants_snapshots = True, False
        self._asked: list[tuple[str, Any]] = []

    pages = 1

    def ask(self, name: str, value: Any = None) -> None:
        self._asked.append((name, value))

    def scene(self, **parts: Any) -> None:
        self.told |= parts

    def begin(self, name: str, words: str) -> None:
        self.curves[len(self.curves) - self._is_empty :] = [(name, words)]
        self.accuracies, self._is_empty = [], True

    def point(self, step: int, loss: float) -> None:
        self.points.append((step, loss))
        self._is_empty = False

    def accuracy(self, step: int, accuracy: float) -> None:
        self.accuracies.append((step, accuracy))

    def wants_frame(self) -> bool:
        return self.wants_frames

    def frame(self, content: Mapping[str, Any], seconds: float) -> None:
        self.frames.append(content)

    def changes(self) -> list[tuple[str, Any]]:
        asked, self._asked = self._asked, []
        return asked

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    def wants_snapshot(self) -> bool:
        return self.wants_snapshots

    def give_snapshot(self, blobs: Sequence[bytes], step: int) -> None:
        self.snapshots.append((blobs, step))


class Hand:
    """A session in somebody's hand: `ask` for a change, then `go` on for some steps."""

    def __init__(self, folder: Path, digits: Digits, listed: Sequence[Mission] | None = None, seed: int = 0) -> None:
        self.page, self.missions = Hands(), missions.built_in() if listed is None else listed
        self.log = Record(folder, digits.source, {})
        ticks = itertools.count()
        self.session = Session(self.page, digits, self.log, self.missions, seed, "fast", lambda: next(ticks) * TICK)
        self._check = asking.checker(len(digits.test_labels), len(self.missions))

    def ask(self, name: str, value: Any = None) -> None:
        """Ask as a page does, and let it act."""
        self.page.ask(name, self._check(name, value))

    def go(self, steps: int, until: Callable[[], bool] = lambda: False) -> bool:
        """Take so many steps, or fewer if it comes true before; say whether it did."""
        end = self.session.steps + steps
        while self.session.steps < end and not until():
            before = self.session.steps
            self.page.waits.clear()
            while self.session.steps == before:
                self.session.turn()
                assert len(self.page.waits) < MOST_WAITS, "the session waits for somebody to go on"
        return until()

    @property
    def frame(self) -> Mapping[str, Any]:
        """What the page shows now."""
        return self.page.frames[-1]

    def losses(self, count: int) -> list[float]:
        """The latest losses, the oldest first."""
        return [loss for _, loss in self.page.points[-count:]]

    def end(self) -> Path:
        """End the session, and give the folder of its log."""
        self.session.run(lambda: True)
        self.log.close(self.session.courses, "")
        return self.log.folder

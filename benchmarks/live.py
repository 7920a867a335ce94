"""What `torchdemos live` costs a training, how soon it shows something, and what drags across the mark do."""

import json
import re
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fresh
import tables
from settings import Settings

TITLE = "Live"
ABOUT = (
    "`torchdemos live` on the embedded digits, without a browser: a reader takes all frames as fast as they come. "
    "*start* is the time from the command to the first frame. *training* compares steps of the first scene with those "
    "of the same training under `watch`, in turn. *drags* sets the learning rate to 0.995 and 1.005 times the mark, "
    "by requests to the page: twenty times in one training, and once in each of twenty, after its first step."
)
DRAGS, PATIENCE, FALLING = 20, 400, 60  # how many drags, steps to wait for a rise, steps that a fall is followed
BLOCK = 200  # steps of one contestant before the next has its turn
READER = "import sys, urllib.request\nfor line in urllib.request.urlopen(sys.argv[1] + 'events'): pass"


def subjects() -> list[str]:
    return ["start", "training", "drags"]


def measure(name: str, settings: Settings) -> dict[str, Any]:
    if name == "start":
        return {"starts": [start() for _ in range(max(settings.rounds // 3, 1))]}
    arguments = [settings.rounds] if name == "training" else []
    found: dict[str, Any] = fresh.call("live", name, settings.threads, *arguments)
    return found


def start() -> dict[str, float]:
    """Seconds from the command to its address, and to the first frame that a reader has."""
    with TemporaryDirectory() as folder:
        begun = time.perf_counter()
        command = [sys.executable, "-m", "torchdemos", "live", "--no-browser", "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=folder) as process:
            assert process.stdout
            address = next(found[0] for line in process.stdout if (found := re.search(r"http://\S+", line)))
            served = time.perf_counter() - begun
            with urllib.request.urlopen(f"{address}events") as events:
                next(line for line in events if line.startswith(b"data: ") and "frame" in json.loads(line[6:]))
            seen = time.perf_counter() - begun
            process.terminate()
            process.communicate()
    return {"address": served, "frame": seen}


class Driver:
    """A session with a page, turned from outside; changes go the way of a page's."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        from torchdemos.lab import data
        from torchdemos.lab.playground import asking
        from torchdemos.lab.playground.record import Record
        from torchdemos.lab.playground.session import Session
        from torchdemos.view.live.page import Page

        digits = data.load()
        self.page = Page(asking.checker(len(digits.test_labels), 0), port=0)
        self.session = Session(self.page, digits, Record(folder, digits.source, {}), [], seed, "fast")

    def ask(self, name: str, value: Any = None) -> None:
        """Raises `HTTPError` if it is refused."""
        body = json.dumps({"name": name, "value": value}).encode()
        headers = {"Content-Type": "application/json", "Origin": "/".join(self.page.address.split("/")[:3])}
        urllib.request.urlopen(urllib.request.Request(f"{self.page.address}change", body, headers)).close()

    def go(self, steps: int, until: Callable[[], bool] = lambda: False) -> int:
        """Take so many steps, or fewer if it comes true before, and say how many."""
        first = self.session.steps
        while self.session.steps < first + steps and not until():
            self.session.turn()
        return self.session.steps - first

    @property
    def loss(self) -> float:
        """The loss before the latest step."""
        return self.session._trial.loss


def drags() -> dict[str, Any]:
    """By protocol and by share of the mark: how many drags turned the loss, and after how many steps it rose."""
    with TemporaryDirectory() as folder:
        driver = Driver(Path(folder) / "log")
        driver.go(1)
        mark = driver.session._knowledge.mark.rate
        found: dict[str, Any] = {"mark": mark, "in a row": [], "one each": []}
        for drag in range(DRAGS):
            found["in a row"].append(dragged(driver, mark, rises=drag % 2 == 1))
        for seed in range(DRAGS):
            driver.ask("learning_rate", 0.01)
            driver.ask("seed", seed + 1)
            driver.go(1)
            found["one each"].append(dragged(driver, mark, rises=seed % 2 == 1))
    return found


def dragged(driver: Driver, mark: float, rises: bool) -> dict[str, Any]:
    """Drag to just beyond the mark or just below it, and follow the loss."""
    driver.ask("learning_rate", mark * (1.005 if rises else 0.995))
    driver.go(1)
    first = driver.loss
    if rises:
        steps = driver.go(PATIENCE, lambda: driver.loss > first)
        return {"rises": True, "turned": driver.loss > first, "steps": steps}
    fell = True
    for _ in range(FALLING):
        before = driver.loss
        driver.go(1)
        fell = fell and driver.loss < before
    return {"rises": False, "turned": fell, "steps": FALLING}


def training(rounds: int) -> dict[str, Any]:
    """Seconds a step, by contestant, of each round."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        plain = watched(Path(folder) / "watch")
        closed, opened = Driver(Path(folder) / "closed"), Driver(Path(folder) / "open")
        stack.enter_context(reader(opened.page.address))
        contestants: dict[str, Callable[[int], object]] = {"watch": plain, "no page": closed.go, "a page": opened.go}
        for take in contestants.values():
            take(BLOCK)
        opened.go(10**6, lambda: opened.page.pages > 0)
        seconds: dict[str, list[float]] = {name: [] for name in contestants}
        for _ in range(rounds):
            for name, take in contestants.items():
                begun = time.perf_counter()
                take(BLOCK)
                seconds[name].append((time.perf_counter() - begun) / BLOCK)
    return {"seconds": seconds}


def watched(folder: Path) -> Callable[[int], None]:
    """The training of the first scene in a bare loop under `watch`, looked at as often as a session's log is."""
    from torchdemos import watch
    from torchdemos.lab import data
    from torchdemos.lab.playground.session import learned
    from torchdemos.lab.playground.settings import Settings as Playground
    from torchdemos.lab.playground.training import Training
    from torchdemos.lab.playground.trial import is_logged

    bare = Training(Playground(), 0, *learned(data.load()))
    around = watch(bare.model, folder, when=is_logged, alert=None)

    def take(steps: int) -> None:
        for _ in range(steps):
            bare.advance(around, around.loss)

    return take


@contextmanager
def reader(address: str) -> Iterator[None]:
    """Another process that takes all that a page is sent."""
    with subprocess.Popen([sys.executable, "-c", READER, address], stderr=subprocess.DEVNULL) as process:
        yield
        process.kill()


def page(found: Mapping[str, dict[str, Any]]) -> str:
    parts = [PAGES[name](part) for name, part in found.items()]
    return "\n\n".join(parts)


def _start(part: Mapping[str, Any]) -> str:
    rows = [
        [what, tables.spread(*quartiles([one[key] for one in part["starts"]])) + " s"]
        for what, key in (("address is printed", "address"), ("first frame arrives", "frame"))
    ]
    return tables.table(("from the command until", "median [quartiles]"), rows)


def _training(part: Mapping[str, Any]) -> str:
    seconds = part["seconds"]
    rows = []
    for name in ("watch", "no page", "a page"):
        ratios = [own / plain for own, plain in zip(seconds[name], seconds["watch"], strict=True)]
        rows.append([name, tables.milliseconds(statistics.median(seconds[name])), tables.spread(*quartiles(ratios))])
    return tables.table(("training with", "a step", "over watch"), rows)


def _drags(part: Mapping[str, Any]) -> str:
    rows = []
    for name in ("in a row", "one each"):
        for rises, share in ((False, "0.995"), (True, "1.005")):
            own = [one for one in part[name] if one["rises"] == rises]
            steps = [one["steps"] for one in own]
            turned = f"{sum(one['turned'] for one in own)} of {len(own)}"
            slowest = f"{statistics.median(steps):.0f}, at most {max(steps)}" if rises else f"each of {FALLING}"
            rows.append([name, share, "rises" if rises else "falls", turned, slowest])
    mark = f"The mark is at {part['mark']:.5f}."
    return f"{mark}\n\n{tables.table(('drags', 'times the mark', 'the loss', 'in', 'steps'), rows, words=3)}"


PAGES: dict[str, Callable[[Mapping[str, Any]], str]] = {"start": _start, "training": _training, "drags": _drags}


def quartiles(numbers: Sequence[float]) -> tuple[float, float, float]:
    if len(numbers) < 2:
        return numbers[0], numbers[0], numbers[0]
    low, middle, high = statistics.quantiles(numbers, n=4)
    return low, middle, high

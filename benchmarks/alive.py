"""What a live page costs a training: the same steps with `watch` alone, with a page that nobody has open, and with one
that somebody looks at."""

import gc
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import Request, urlopen

import browsing
import timing
import torch
import workloads
from timing import Contestant
from watchers import Watched, bare

from torchdemos import live, watch
from torchdemos.lab import data
from torchdemos.lab.playground import asking, missions
from torchdemos.lab.playground.record import Record
from torchdemos.lab.playground.session import Session, learned
from torchdemos.lab.playground.settings import Settings
from torchdemos.lab.playground.training import Training
from torchdemos.lab.playground.trial import is_logged
from torchdemos.view.live.page import Page

LOOPS = {
    "playground": "playground, opening scene",
    "deep": "playground, 30 layers of 100",
    "W1": "own loop, W1",
    "W2": "own loop, W2",
}
TITLES = {"watch": "watch", "again": "watch again", "nobody": "no page open", "page": "a page open"}
SETTINGS = {"playground": Settings(), "deep": Settings(depth=30, width=100)}
SECONDS = 1.0  # of a block
Train = Callable[[int], object]  # takes so many steps


class Racer:
    """Times blocks of steps, and knows what time the browser took beside them."""

    def __init__(self, train: Train) -> None:
        self._train, self.steps_done, self.cpu_elsewhere = train, 0, 0.0

    def block(self, steps: int) -> float:
        gc.collect()
        browser, began = browsing.cpu_seconds(), time.perf_counter()
        self._train(steps)
        seconds = time.perf_counter() - began
        self.cpu_elsewhere += browsing.cpu_seconds() - browser
        self.steps_done += steps
        return seconds / steps


def contest(name: str, rounds: int) -> dict[str, Any]:
    """Ratios to `watch` alone with their quartiles, and what the page has drawn meanwhile."""
    with ExitStack() as stack, TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = stack.enter_context(browsing.chromium())
        racers, addresses = {}, {}
        for entrant in TITLES:
            make = _own if name in workloads.WORKLOADS else _playground
            train, addresses[entrant] = stack.enter_context(make(name, entrant, Path(folder) / entrant))
            racers[entrant] = Racer(train)
            racers[entrant].block(timing.LOOKS)
        page = browser.new_page(viewport=browsing.SIZE)
        page.add_init_script(browsing.NOTES)
        page.goto(addresses["page"])
        page.wait_for_timeout(2000)
        found = timing.compete(racers, rounds, SECONDS, to="watch")
        drawn = page.evaluate("drawn.size")
    spent = sum(found.seconds["page"]) * found.steps["page"]
    ratios = {entrant: timing.quartiles(found.ratios(entrant, "watch")) for entrant in TITLES}
    step = timing.quartiles(found.seconds["watch"])[1]
    return {**ratios, "step": step, "frames": drawn / spent, "disturbed": found.disturbed, "rounds": rounds}


@contextmanager
def _own(workload: str, entrant: str, folder: Path) -> Iterator[tuple[Train, str]]:
    """The loop that everybody writes, around a workload; and the address of its page."""
    contestant = Contestant(workloads.WORKLOADS[workload], bare, folder)
    model, optimizer, log = contestant.model, contestant.optimizer, folder / "log"
    if entrant in ("watch", "again"):
        around = watch(model, log)
        contestant.watched = Watched(around, tell=around.loss)
        with around:
            yield lambda steps: [*contestant.train(steps)], ""
    else:
        with live(model, optimizer, log, port=0) as controls:
            contestant.watched = Watched(controls, tell=controls.loss)
            yield lambda steps: [*contestant.train(steps)], controls.address


@contextmanager
def _playground(scene: str, entrant: str, folder: Path) -> Iterator[tuple[Train, str]]:
    """A session of the playground as fast as it goes, or the same training with nothing but `watch`."""
    torch.set_num_threads(1)  # as in the command
    digits = data.load()
    if entrant in ("watch", "again"):
        training = Training(SETTINGS[scene], 0, *learned(digits))
        with watch(training.model, folder, is_logged, alert=None) as around:
            yield lambda steps: [training.advance(around, around.loss) for _ in range(steps)], ""
    else:
        listed = missions.built_in()
        with closing(Page(asking.checker(len(digits.test_labels), len(listed)), port=0)) as page:
            session = Session(page, digits, Record(folder, digits.source, {}), listed, 0, "fast")
            for name in ("depth", "width"):
                _ask(page.address, name, getattr(SETTINGS[scene], name))
            yield _going_on(session), page.address


def _going_on(session: Session) -> Train:
    """A turn may take more steps than are left; the next block then takes fewer."""
    end = session.steps

    def train(steps: int) -> None:
        nonlocal end
        end += steps
        while session.steps < end:
            session.turn()

    return train


def _ask(address: str, name: str, value: int) -> None:
    body = json.dumps({"name": name, "value": value}).encode()
    urlopen(Request(f"{address}change", body, {"Content-Type": "application/json"})).close()

"""The page of somebody's own training, from the training's side: what it asks for, and what it is shown."""

import math
import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, SupportsFloat

from torch import Tensor, nn

from torchdemos.log.shown import shown
from torchdemos.steering.opening import opened
from torchdemos.steering.pace import Pace
from torchdemos.steering.settings import Settings
from torchdemos.steering.show import Show
from torchdemos.view.browser import open_for_reader
from torchdemos.view.live.changes import Change

PAUSE, STEP = "pause", "step"
BEAT = 0.1  # seconds between two looks at what a page waits for, while the training is paused
ALONE = 50  # beats without a page until the terminal says how a paused training goes on
LEFT = "the training is paused before step {step}, and no page is open. To go on, open {address}; Ctrl-C ends it."


class Stage:
    """Opens the page at this host and port, or beside it.

    `locked` says in a sentence why the settings cannot be touched, or is empty; a training that is not `pausable` has
    no pause either.
    """

    def __init__(self, model: nn.Module, settings: Settings, locked: str, pausable: bool, host: str, port: int) -> None:
        self._settings, self._locked, self._pausable = settings, locked, pausable
        self._name = type(model).__name__
        self.page, self._why = opened(self._checked, host, port)
        self.show = Show(model, self.page)
        self.pace = Pace()
        self.paused = self._one = False
        self._losses: list[float] = []
        self._latest: dict[str, float] = {}  # the loss of the latest step, which may be later than the latest look
        self._log: Path | None = None

    def begin(self, log: Path | None, browser: bool) -> None:
        """Say where the page is, once all that it shows is there."""
        self._log = log
        controls, actions = [] if self._locked else self._settings.controls(), [PAUSE, STEP] if self._pausable else []
        self.page.scene(
            title="torchdemos live", question=f"How does {self._name} train?", controls=controls, actions=actions,
            settings=self._settings.values(), layers=[], left_out="", missions=[], mission=None, findings=[], notes=[],
            log=str(log or ""),
        )  # fmt: skip
        self.page.begin(self._name, "")
        if self._locked:
            self.show.tell(self._locked)
        say(f"{self._why}the page of this training is {self.page.address}")
        if self.page.warning:
            say(self.page.warning)
        if browser:
            open_for_reader(self.page.address)

    def _checked(self, name: str, value: Any) -> Any:
        """What a page may ask for; this runs in a thread of the server."""
        if self._locked and not (self._pausable and name in (PAUSE, STEP)):
            raise ValueError(self._locked)
        if name not in (PAUSE, STEP):
            return self._settings.checked(name, value)
        if value is not None if name == STEP else not isinstance(value, bool):
            raise ValueError(f"{name} is {'null' if name == STEP else 'true or false'}, and this is {value!r:.40}")
        return value

    def asked(self, step: int) -> list[Change]:
        """The settings that are asked for before this step; while the training is paused, wait for them here."""
        found = self._taken()
        self.show.answer()
        if self.paused and not self._one:
            found += self._rest(step)
        self.show.forced, self._one = self._one, False
        self.pace.begin()
        return found

    def _rest(self, step: int) -> list[Change]:
        """Wait until somebody goes on, or asks for one step."""
        found: list[Change] = []
        self.pace.rest()
        self.show.show_again(paused=True, before=step, **self._latest)
        alone = 0  # beats, because a clock may go on while the computer sleeps
        while self.paused and not self._one:
            self.page.wait(BEAT)
            self.show.answer()
            if asked := self._taken():
                found += asked
            alone = 0 if self.page.pages else alone + 1
            if alone == ALONE:
                say(LEFT.format(step=step, address=self.page.address))
        if not self.paused:
            self.show.show_again(paused=False)
        return found

    def _taken(self) -> list[Change]:
        """The settings among what is asked for; of the rest it is known how to pause and to go on."""
        changes = self.page.changes()
        for name, value in changes:
            if name == PAUSE:
                self.paused = value
            elif name == STEP:
                self.paused = self._one = True
        return [change for change in changes if change.name not in (PAUSE, STEP)]

    def looks(self, step: int) -> bool:
        """Whether this step is to be looked at."""
        return self.show.forced or (self.show.wants(step) and self.pace.is_known)

    def loss(self, loss: Tensor | SupportsFloat) -> None:
        """One of the losses of this step. That of a GPU is waited for only where a look brings it."""
        if isinstance(loss, Tensor) and not (loss.is_cpu and loss.numel() == 1):
            return
        with suppress(Exception):  # what cannot be read the watch has named
            self._losses.append(float(loss.detach() if isinstance(loss, Tensor) else loss))

    def ended(self, step: int, looked: bool) -> None:
        """Show what was seen of this step, if it was `looked` at."""
        seconds = self.pace.end(looked)
        mean = sum(self._losses) / len(self._losses) if self._losses else self.show.loss(step)
        self._losses = []
        self._latest = {} if mean is None else {"loss": mean}
        if mean is not None:
            self.page.point(step, mean)
            if not math.isfinite(mean):
                self.show.tell_broken(step, {"loss"})
        if looked:
            if self._settings.renew() and not self._locked:
                self.page.scene(controls=self._settings.controls(), settings=self._settings.values())
            rate = self._settings.rate
            self.show.show(step, seconds, rate=rate, loss=mean, steps_per_second=self.pace.steps_per_second)

    def close(self, words: str) -> None:
        """Let pages and the terminal say how the training has ended, and what shows its log when the page is gone."""
        hint = f"; torchdemos open {shlex.quote(str(self._log))} shows its log" if self._log else ""
        self.page.over(f"{words}{hint}")
        self.page.close()
        if hint:
            say(f"the page has closed{hint}")


def say(sentence: str) -> None:
    """In the terminal, apart from what the program itself prints."""
    print(f"torchdemos: {shown(sentence)}", file=sys.stderr, flush=True)

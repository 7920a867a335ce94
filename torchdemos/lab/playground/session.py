"""A session: one network after the other trains while somebody turns its knobs, and a page shows it."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from torchdemos.board import Board
from torchdemos.lab.data import Digits
from torchdemos.lab.playground import frames, shown
from torchdemos.lab.playground.course import Course
from torchdemos.lab.playground.knowledge import Knowledge
from torchdemos.lab.playground.missions import Mission
from torchdemos.lab.playground.names import Names
from torchdemos.lab.playground.pace import Pace
from torchdemos.lab.playground.page import Page
from torchdemos.lab.playground.quest import Quest
from torchdemos.lab.playground.record import Record
from torchdemos.lab.playground.settings import CONTROLS, Settings
from torchdemos.lab.playground.training import Training
from torchdemos.lab.playground.trial import Trial
from torchdemos.lab.playground.view import View
from torchdemos.lab.training import Batch
from torchdemos.steering.budget import Clock

DIGITS, TEST_DIGITS = 1000, 1000  # to learn from in each step, and to ask about
BURST = 0.02  # seconds of steps without a look at what is asked
NAP = 0.05  # seconds until a training that waits looks whether it is to end
SHARE, UNSEEN_SHARE = 0.01, 0.002  # of the time that a training needs, for each measurement, and without any page
IDLE_SHARE = 0.3  # of the time in which it waits for its next step


class Session:
    """Trains in the thread that calls `run`. Of all that is shown and asked, only settings change what is trained."""

    def __init__(
        self,
        page: Page,
        digits: Digits,
        log: Record,
        missions: Sequence[Mission],
        seed: int,
        speed: str,
        clock: Clock = time.perf_counter,
    ) -> None:
        self._page, self._digits, self._log = page, digits, log
        self._train = learned(digits)
        self._clock = clock
        self._pace, self.quest = Pace(speed, clock), Quest(missions)
        test = digits.test_images[:TEST_DIGITS], digits.test_labels[:TEST_DIGITS]
        self._knowledge = Knowledge(self._train, test, clock, page.accuracy)
        self._view = View(page, self._knowledge, self.quest, self._pace, str(log.folder), clock)
        self._shown = self._drawn = shown.shown({"test": 0}, digits)
        self._is_paused = self._is_single = self._is_broken = False
        self._names = Names()
        self.steps = 0
        self.courses: list[Course] = []
        first = self.quest.attempt.mission.settings if self.quest.attempt else None
        self._begin(first or Settings(), seed)

    def run(self, is_over: Callable[[], bool]) -> None:
        """Train until it is over, and leave a log that can be read and repeated."""
        self._view.scene(self._trial, soon=True)
        self._view.frame(self._trial, self._shown, self._is_paused)
        while not is_over():
            self.turn()
        self._view.scene(self._trial, soon=True)
        self._view.frame(self._trial, self._shown, self._is_paused)  # the page stays with the latest step
        self._end()  # not after an exception, which may have come amid a step

    def turn(self) -> None:
        """Do what is asked; then take a step if one is due, or else use the time, or wait."""
        asked = latest(self._page.changes())
        for name, value in asked:
            self._act(name, value)
        is_running = not self._is_paused or self._is_single
        has_stepped = is_running and self._pace.left <= 0
        if has_stepped:
            self._take_steps()
        found = self._knowledge.go_on(self._share(is_busy=is_running and self._pace.left <= 0))
        if asked or has_stepped or found:
            self._is_stale = True
            if self.quest.is_open:
                self.quest.look(self._knowledge.facts(self._shown))
        self._view.scene(self._trial, soon=bool(asked))
        self._show()
        if not (has_stepped or found):
            self._page.wait(min(self._pace.left, NAP) if is_running else NAP)

    def _share(self, is_busy: bool) -> float:
        """The share of all time that a measurement may take: less while the training works, hardly any unseen."""
        if not is_busy:
            return IDLE_SHARE
        return SHARE if self._page.pages else UNSEEN_SHARE

    def _take_steps(self) -> None:
        """Take a step, and others that are due at once: until one is looked at, and not so long that anybody waits."""
        end, mark = self._clock() + BURST, self._knowledge.mark
        rate = mark.rate if mark else math.nan
        self._step(rate)
        while not (self._is_paused or self._view.eye.looks) and self._pace.left <= 0 and self._clock() < end:
            self._step(rate)

    def _step(self, mark: float) -> None:
        trial = self._trial
        self._view.eye.timed(trial.advance)
        self._page.point(trial.training.step - 1, trial.loss)
        self.courses[-1].add(trial.training.step - 1, trial.loss, trial.training.settings.learning_rate, mark)
        self._pace.stepped()
        self.quest.count()
        self.steps += 1
        self._log.went_on(self.courses, self.steps)
        self._is_single = False
        if trial.broke_at == trial.training.step - 1:  # nothing that follows is a number
            self._is_paused = self._is_broken = True

    def _show(self) -> None:
        if self._is_stale and self._page.wants_frame():
            self._view.frame(self._trial, self._shown, self._is_paused)
            self._is_stale = False
        if self._page.wants_snapshot():
            self._page.give_snapshot(frames.blobs(self._trial.training.model, self._shown), self._trial.training.step)

    # Networks begin and end.

    def _begin(self, settings: Settings, seed: int) -> None:
        """Begin a network; one that has taken no step leaves no trace."""
        self._end()
        if self._is_broken:
            self._is_paused = self._is_broken = False
        self._view.eye.begin()
        training = Training(settings, seed, *self._train)
        self._trial = Trial(training, self._view.eye, lambda: self._open(training), self._drawn)
        self._begin_curve(self._names.next(settings, seed))
        self._knowledge.begin(self._trial)
        self._is_stale = True

    def _open(self, training: Training) -> Board:
        words = self._names.take(training.settings, training.seed)
        board = self._log.begin(training, words)
        if words != self._words:  # settings have changed before the first step
            self._begin_curve(words)
        self.courses.append(Course(board.folder.name, words))
        return board

    def _begin_curve(self, words: str) -> None:
        self._words = words
        self._page.begin(words, words)

    def _end(self) -> None:
        if (trial := getattr(self, "_trial", None)) and trial.board:
            self._log.note(trial.board, trial.training, ended=True)
            trial.board.close()

    # What is asked.

    def _act(self, name: str, value: Any) -> None:
        if name in CONTROLS:
            self._set(name, value)
        else:
            getattr(self, f"_do_{name}")(value)
        self._pace.hurry()

    def _set(self, name: str, value: Any) -> None:
        training = self._trial.training
        if getattr(training.settings, name) == value:
            return
        if CONTROLS[name].fresh:
            self._begin(replace(training.settings, **{name: value}), training.seed)
        else:
            self._trial.change(name, value)
            if name == "loss":
                self._knowledge.forget_mark()

    def _do_pause(self, value: bool) -> None:
        self._is_paused = value
        self._pace.rest()

    def _do_step(self, value: None) -> None:
        self._is_paused = self._is_single = True

    def _do_restart(self, value: None) -> None:
        self._begin(self._trial.training.settings, self._trial.training.seed)

    def _do_seed(self, value: int) -> None:
        self._begin(self._trial.training.settings, value)

    def _do_speed(self, value: str) -> None:
        self._pace.speed = value

    def _do_digit(self, value: dict[str, Any]) -> None:
        self._shown = shown.shown(value, self._digits)

    def _do_mission(self, value: int | None) -> None:
        self.quest.choose(value)
        if self.quest.attempt and (settings := self.quest.attempt.mission.settings):
            self._begin(settings, self._trial.training.seed)


def learned(digits: Digits) -> Batch:
    """The digits that every network here learns from."""
    return digits.train_images[:DIGITS], digits.train_labels[:DIGITS]


def latest(asked: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Of changes of the same setting in a row only the last: a dial that is dragged passes many values."""
    return [own for own, following in zip(asked, [*asked, None][1:], strict=True) if not _is_passed(own, following)]


def _is_passed(own: tuple[str, Any], following: tuple[str, Any] | None) -> bool:
    return own[0] in CONTROLS and following is not None and following[0] == own[0]

"""What the page is told: the scene where it has changed, frames as fast as it takes them, snapshots when it asks."""

import time
from dataclasses import asdict
from typing import Any

from torchdemos.lab.playground import frames, networks
from torchdemos.lab.playground.answer import QUESTION
from torchdemos.lab.playground.asking import ACTIONS
from torchdemos.lab.playground.eye import Eye
from torchdemos.lab.playground.knowledge import Knowledge
from torchdemos.lab.playground.pace import Pace
from torchdemos.lab.playground.page import Page
from torchdemos.lab.playground.quest import Quest
from torchdemos.lab.playground.settings import controls
from torchdemos.lab.playground.shown import Shown
from torchdemos.lab.playground.trial import Trial
from torchdemos.steering.budget import Clock

FIRST = "The first step compiles what looks at it: on a new machine that takes up to half a minute, once."
PERIOD = 0.25  # seconds between two scenes, unless somebody has changed something


class View:
    """Tells a page of a session."""

    def __init__(self, page: Page, knowledge: Knowledge, quest: Quest, pace: Pace, log: str, clock: Clock) -> None:
        self._page, self._knowledge, self._quest, self._pace = page, knowledge, quest, pace
        self._clock = clock
        self.eye = Eye(page)
        self._scene: dict[str, Any] = {}
        self._due = 0.0
        self._has_stepped = False
        self._tell({"title": "torchdemos live", "actions": list(ACTIONS), "log": log})

    def scene(self, trial: Trial, soon: bool) -> None:
        """Say what has changed of the scene; what changes by itself only now and then."""
        if not soon and self._clock() < self._due:
            return
        self._due = self._clock() + PERIOD
        settings, knowledge = trial.training.settings, self._knowledge
        self._has_stepped = self._has_stepped or trial.training.step > 0
        self._tell(
            {
                "question": self._quest.question or QUESTION,
                "controls": controls(settings),
                "settings": asdict(settings),
                "speed": self._pace.speed,
                "seed": trial.training.seed,
                "layers": networks.rows(trial.training.model, settings),
                "left_out": "",
                "findings": knowledge.findings,
                "notes": knowledge.notes() + ([] if self._has_stepped else [FIRST]),
                **self._quest.content(),
            }
        )

    def frame(self, trial: Trial, shown: Shown, is_paused: bool) -> None:
        """Make a frame and show it."""
        begun = time.perf_counter()
        training, mark = trial.training, self._knowledge.mark
        values, shares = frames.neurons(training.model, shown)
        content = {
            "step": training.step,
            "rate": training.settings.learning_rate,
            "paused": is_paused,
            "steps_per_second": self._pace.steps_per_second,
            "loss": trial.loss if training.step else None,
            "accuracy": self._knowledge.accuracy,
            "mark": mark._asdict() if mark else None,
            "digit": {"label": shown.label, "words": shown.words, "test": shown.test},
            "shares": shares,
            "neurons": values,
            "flow": self.eye.flow,
        }
        cost, self.eye.cost = self.eye.cost, 0.0
        self._page.frame(content, time.perf_counter() - begun + cost)

    def _tell(self, parts: dict[str, Any]) -> None:
        news = {name: part for name, part in parts.items() if self._scene.get(name) != part}
        if news:
            self._scene |= news
            self._page.scene(**news)

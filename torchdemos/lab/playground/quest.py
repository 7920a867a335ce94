"""The missions of one session: which is chosen, how far it is, and which were solved in how many steps."""

import re
from collections.abc import Sequence
from typing import Any

from torchdemos.lab.playground.goals import Progress, shown
from torchdemos.lab.playground.missions import IN_BRACES, Mission
from torchdemos.lab.playground.quantities import Facts, value


class Attempt:
    """Somebody's way through one mission. Its steps are those of all networks that trained while it was chosen."""

    def __init__(self, mission: Mission) -> None:
        self.mission = mission
        self.steps = 0
        self.is_solved = False
        self._missing = ""
        self._facts: Facts | None = None  # the latest
        self._words: str | None = ""  # None if nobody has asked for them since then
        self._progress = Progress(mission.goal)

    def begin(self) -> None:
        """Begin anew, unless it is solved."""
        if not self.is_solved:
            self.steps, self._progress = 0, Progress(self.mission.goal)

    def look(self, facts: Facts) -> None:
        """See what holds now; what is shown of it is put into words when somebody asks for them."""
        if not self.is_solved:
            self._missing, self._facts, self._words = self._progress.look(facts), facts, None
            self.is_solved = self._progress.is_complete
            if self.is_solved:
                self._words = self.words

    @property
    def words(self) -> str:
        """How far it is. What a solved mission says stays as it was then."""
        if self._words is None and (facts := self._facts):
            missing = self._missing
            shows = IN_BRACES.sub(lambda found: shown(value(found[1], facts)), self.mission.shows)
            words = [f"{missing}." if missing else "", f"{_capital(shows)}." if shows else ""]
            self._words = " ".join(filter(None, words))
        return self._words or ""

    def content(self) -> dict[str, Any]:
        """The mission as the page takes it."""
        own = self.mission
        texts = {"question": own.question, "task": own.task, "hint": own.hint, "explanation": own.explanation}
        return {
            **texts,
            "solved": self.is_solved,
            "steps": self.steps if self.is_solved else None,
            "progress": self.words,
        }


class Quest:
    """All missions of a session; the first is chosen to begin with."""

    def __init__(self, missions: Sequence[Mission]) -> None:
        self.attempts = [Attempt(mission) for mission in missions]
        self.chosen: int | None = 0 if missions else None

    @property
    def attempt(self) -> Attempt | None:
        """The one that is chosen."""
        return None if self.chosen is None else self.attempts[self.chosen]

    @property
    def is_open(self) -> bool:
        """Whether there is a mission to solve."""
        return self.attempt is not None and not self.attempt.is_solved

    @property
    def question(self) -> str:
        """That of the chosen mission; empty for none."""
        return self.attempt.mission.question if self.attempt else ""

    def choose(self, place: int | None) -> None:
        """Begin the mission at this place; None for none."""
        self.chosen = place
        if self.attempt:
            self.attempt.begin()

    def look(self, facts: Facts) -> None:
        """See how far the chosen mission is."""
        if self.attempt:
            self.attempt.look(facts)

    def count(self) -> None:
        """A step was taken."""
        if self.attempt and not self.attempt.is_solved:
            self.attempt.steps += 1

    def content(self) -> dict[str, Any]:
        """What the page takes."""
        return {"missions": [attempt.content() for attempt in self.attempts], "mission": self.chosen}

    def results(self) -> list[dict[str, Any]]:
        """Which missions were solved, and in how many steps."""
        return [
            {"question": own.mission.question, "task": own.mission.task, "solved": own.is_solved, "steps": own.steps}
            for own in self.attempts
        ]


def _capital(words: str) -> str:
    return re.sub(r"^\w", lambda found: found[0].upper(), words)

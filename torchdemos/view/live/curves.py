"""The curves of the latest trainings, each within its bounds however long it goes on."""

from typing import Any

MOST_CURVES, MOST_POINTS = 6, 2000


class Curve:
    """Loss and accuracy of one training. Beyond `MOST_POINTS` every second is dropped, and of later ones as many."""

    def __init__(self, name: str, words: str) -> None:
        self.name, self.words = name, words
        self.steps: list[int] = []
        self.losses: list[float] = []
        self.accuracies: list[tuple[int, float]] = []
        self._every = self._given = 1

    def add(self, step: int, loss: float) -> bool:
        """Whether points were dropped, so that what a page has of the curve holds no longer."""
        self._given -= 1
        if not self._given:
            self._given = self._every
            self.steps.append(step)
            self.losses.append(loss)
        if len(self.steps) <= MOST_POINTS:
            return False
        del self.steps[1::2], self.losses[1::2]
        self._every *= 2
        self._given = self._every
        return True

    def add_accuracy(self, step: int, accuracy: float) -> bool:
        """Whether accuracies were dropped, as in `add`."""
        self.accuracies.append((step, accuracy))
        if len(self.accuracies) <= MOST_POINTS:
            return False
        del self.accuracies[1::2]
        return True

    def content(self) -> dict[str, Any]:
        return {"name": self.name, "words": self.words, **self.points(0, 0)}

    def points(self, first: int, first_accuracy: int) -> dict[str, Any]:
        """The points from these places on."""
        return {
            "steps": self.steps[first:],
            "losses": self.losses[first:],
            "accuracies": self.accuracies[first_accuracy:],
        }

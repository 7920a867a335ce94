"""What a page may change of somebody's own training, and what it did change."""

from collections.abc import Sequence
from typing import Any

from torchdemos.steering.dial import Dial
from torchdemos.view.live.changes import Change

RATE, SCHEDULE = "learning_rate", "schedule"
HELD, FOLLOWED = "held", "followed"


class Settings:
    """The controls of a training: its learning rate and, if a schedule sets that too, which of both counts."""

    def __init__(self, dial: Dial) -> None:
        self._dial = dial
        self._names: list[str] = []
        self.renew()

    def renew(self) -> bool:
        """Whether there are other controls than before: a schedule may show itself late."""
        before, schedule = self._names, [SCHEDULE] if self._dial.is_scheduled else []
        self._names = [RATE, *schedule] if self._dial.exists else []
        return self._names != before

    def controls(self) -> list[dict[str, Any]]:
        """As a page draws them."""
        return [self._rate() if name == RATE else self._schedule() for name in self._names]

    @property
    def rate(self) -> float | None:
        """The learning rate that the next step takes; None if there is none."""
        return self._dial.rate if self._dial.exists else None

    def values(self) -> dict[str, Any]:
        """How they stand."""
        return {control["name"]: control["value"] for control in self.controls()}

    def checked(self, name: str, value: Any) -> Any:
        """The value that a control can be set to. Raises `ValueError` in a sentence for what cannot be.

        It touches nothing that the training's thread changes, because a page asks from another.
        """
        names = self._names
        if name not in names:
            known = f"there {'is' if len(names) == 1 else 'are'} {', '.join(names)}" if names else "there is none"
            raise ValueError(f"this training has no control {name!r:.40}: {known}")
        if name == RATE:
            return self._dial.checked(value)
        if value not in (HELD, FOLLOWED):
            raise ValueError(f"the schedule is {HELD} or {FOLLOWED}, and this is {value!r:.40}")
        return value

    def set(self, changes: Sequence[Change]) -> list[Change]:
        """Set what is asked for, and return what that was: of several changes of one control the last."""
        last: dict[str, Any] = {}
        for name, value in changes:
            last.pop(name, None)
            last[name] = value
        for name, value in last.items():
            if name == RATE:
                self._dial.turn(value)
            elif value == FOLLOWED:
                self._dial.let_go()
            else:
                self._dial.turn(self._dial.rate)
        return [Change(name, value) for name, value in last.items()]

    def _rate(self) -> dict[str, Any]:
        return {
            "name": RATE,
            "label": "learning rate",
            "kind": "dial",
            "value": self._dial.rate,
            "low": self._dial.low,
            "high": self._dial.high,
            "fresh": False,
            "help": "How far a step goes down the gradient. Of several groups this is the largest rate, and the others "
            "keep their share of it.",
        }

    def _schedule(self) -> dict[str, Any]:
        return {
            "name": SCHEDULE,
            "label": "schedule",
            "kind": "choice",
            "value": FOLLOWED if self._dial.held is None else HELD,
            "options": [FOLLOWED, HELD],
            "fresh": False,
            "help": "Once you turn the dial, the rate is held there, and the schedule of your program goes on "
            "underneath. Choose followed, and it counts again.",
        }

"""The goal of a mission, as plain data: stages to reach one after the other, each a list of conditions."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from torchdemos.lab.playground.quantities import QUANTITIES, Facts, Value, value

DIGITS, MOST_DIGITS = 3, 5  # of a number in a sentence; more if it would be untrue otherwise


class Condition(NamedTuple):
    """A quantity that lies within bounds, or is one of some values. A quantity that is not known meets no condition."""

    quantity: str
    at_least: float = -math.inf
    at_most: float = math.inf
    among: tuple[Value, ...] = ()  # nothing: any value within the bounds

    def holds(self, found: Value) -> bool:
        """Whether this value meets it."""
        if self.among:
            return found in self.among
        return not isinstance(found, str) and self.at_least <= found <= self.at_most

    def told(self, found: Value) -> str:
        """What was found, and what is needed, in words."""
        quantity = QUANTITIES[self.quantity]
        if found == 0 and quantity.nothing:
            return quantity.nothing
        bounds = [
            *([f"at least {_exact(self.at_least)}"] if self.at_least > -math.inf else []),
            *([f"at most {_exact(self.at_most)}"] if self.at_most < math.inf else []),
        ]
        needed = " or ".join(map(shown, self.among)) or " and ".join(bounds)
        return f"{quantity.words} is {self._apart(found)}, {needed} is needed"

    def _apart(self, found: Value) -> str:
        """What was found, with digits enough to lie where it lies: beside what is needed."""
        if isinstance(found, str) or not math.isfinite(found):
            return shown(found)
        for digits in range(DIGITS, MOST_DIGITS + 1):
            if not self.holds(float(f"{found:.{digits}g}")):
                return shown(found, digits)
        return f"just above {_exact(self.at_most)}" if found > self.at_most else f"just below {_exact(self.at_least)}"


class Stage(NamedTuple):
    """What holds once this stage is reached, in words, and the conditions of which all must hold at once."""

    words: str
    conditions: tuple[Condition, ...]

    def missing(self, facts: Facts) -> str:
        """The first condition that does not hold, with what was found; empty if all do. Later ones are not measured."""
        for condition in self.conditions:
            found = value(condition.quantity, facts)
            if not condition.holds(found):
                return condition.told(found)
        return ""


class Progress:
    """How far somebody has come towards a goal. A stage that was reached stays so."""

    def __init__(self, goal: Sequence[Stage]) -> None:
        self._goal, self.reached = goal, 0

    @property
    def is_complete(self) -> bool:
        """Whether all stages are reached."""
        return self.reached == len(self._goal)

    def look(self, facts: Facts) -> str:
        """Take note of what holds now, and say in words what comes next; empty once all stages are reached."""
        while not self.is_complete:
            stage = self._goal[self.reached]
            if missing := stage.missing(facts):
                place = f"{self.reached + 1} of {len(self._goal)}: " if len(self._goal) > 1 else ""
                return f"{place}{stage.words}: {missing}"
            self.reached += 1
        return ""


def shown(found: Value, digits: int = DIGITS) -> str:
    """A value in words; whole numbers in full."""
    if isinstance(found, str):
        return found
    if math.isnan(found):
        return "not known yet"
    return f"{found:,.0f}" if abs(found) < 1e6 and found == int(found) else f"{found:.{digits}g}"


def _exact(bound: float) -> str:
    return shown(bound, 6)

"""Whether a goal can be reached at all: what no network will ever meet is refused before anybody tries."""

import math
from collections.abc import Sequence

from torchdemos.lab.playground.goals import Condition, shown
from torchdemos.lab.playground.quantities import QUANTITIES
from torchdemos.lab.playground.settings import CONTROLS


def check_condition(condition: Condition) -> None:
    """Raise `ValueError` in a sentence for a condition that nothing meets."""
    name, low, high = condition.quantity, *QUANTITIES[condition.quantity].between
    options = CONTROLS[name].bounds.get("options") if name in CONTROLS else None
    if options and not condition.among:
        raise ValueError(f"{name} is no number: ask for one of {', '.join(options)} with is")
    numbers = [own for own in condition.among if not isinstance(own, str)]
    for own in (*numbers, max(low, condition.at_least), min(high, condition.at_most)):
        if not low <= own <= high:
            reach = f"it goes from {low:g} to {high:g}" if high < math.inf else f"it is never below {low:g}"
            raise ValueError(f"{name} {shown(own)} is out of reach: {reach}")


def check_stage(conditions: Sequence[Condition]) -> None:
    """Raise `ValueError` in a sentence for conditions that nothing meets at once."""
    for name in dict.fromkeys(own.quantity for own in conditions):
        alike = [own for own in conditions if own.quantity == name]
        bounds = max(own.at_least for own in alike), min(own.at_most for own in alike)
        candidates = [*bounds, *(value for own in alike for value in own.among)]
        if not any(all(own.holds(value) for own in alike) for value in candidates):
            raise ValueError(f"nothing meets all that it asks of {name} at once")

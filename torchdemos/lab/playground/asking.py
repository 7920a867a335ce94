"""What a page may ask for, checked before the training hears of it."""

from collections.abc import Callable
from typing import Any

from torchdemos.lab.playground import settings, shown
from torchdemos.lab.playground.pace import SPEEDS
from torchdemos.lab.playground.settings import CONTROLS, quoted

ACTIONS = ("pause", "step", "restart", "seed", "speed", "digit", "mission")
MOST_SEED = 2**32 - 1


def checker(tests: int, missions: int) -> Callable[[str, Any], Any]:
    """The check for so many test digits and missions: it gives the value to take, or raises `ValueError`."""

    def check(name: str, value: Any) -> Any:
        if name in CONTROLS:
            return settings.check(name, value)
        if name == "digit":
            return shown.check(value, tests)
        if name == "mission":
            return _place(value, missions)
        if name not in ACTIONS:
            raise ValueError(f"there is nothing to change called {quoted(name)}: {', '.join((*CONTROLS, *ACTIONS))}")
        return _CHECKS[name](value)

    return check


def seed(value: Any) -> int:
    """A seed, or `ValueError`."""
    if type(value) is int and 0 <= value <= MOST_SEED:
        return value
    raise ValueError(f"seed {quoted(value)} is out of range: give a whole number from 0 to {MOST_SEED}")


def speed(value: Any) -> str:
    """The name of a speed, or `ValueError`."""
    if isinstance(value, str) and value in SPEEDS:
        return value
    raise ValueError(f"speed {quoted(value)} is unknown: choose from {', '.join(SPEEDS)}")


def _pause(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(f"pause {quoted(value)} is neither true nor false")


def _nothing(value: Any) -> None:
    if value is not None:
        raise ValueError(f"this takes no value but null, not {quoted(value)}")


def _place(value: Any, missions: int) -> int | None:
    if value is None or (type(value) is int and 0 <= value < missions):
        return value
    raise ValueError(f"mission {quoted(value)} is none: give a whole number from 0 to {missions - 1}, or null for none")


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "pause": _pause,
    "step": _nothing,
    "restart": _nothing,
    "seed": seed,
    "speed": speed,
}

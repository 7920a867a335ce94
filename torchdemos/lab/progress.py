"""How a long loop tells how far it has come."""

from collections.abc import Callable, Iterable
from typing import Any

Progress = Callable[[Iterable[Any], str, int], Iterable[Any]]
"""Wraps the items of a loop and hands them on: (items, what the loop does, number of items) -> the same items."""


def no_progress(items: Iterable[Any], what: str, total: int) -> Iterable[Any]:
    """A `Progress` that shows nothing."""
    return items

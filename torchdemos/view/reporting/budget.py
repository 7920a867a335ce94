"""Leaving out middle steps until a page is small enough to send."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from torchdemos.view.thinning import evenly_spaced

Key = TypeVar("Key")
Content = TypeVar("Content")
MAX_STEPS = 10  # of one series


def keep(
    series: Mapping[Key, Sequence[tuple[int, Content]]], sizes: Mapping[Key, Sequence[int]], max_bytes: int
) -> dict[Key, Sequence[tuple[int, Content]]]:
    """As many steps of every series as fit into `max_bytes` in total. The last step of a series is the last to go.

    If even the last steps are too large together, whole series are left out from the end.
    """
    for most in range(MAX_STEPS, 0, -1):
        if sum(sum(evenly_spaced(size, most)) for size in sizes.values()) <= max_bytes:
            return {key: evenly_spaced(steps, most) for key, steps in series.items()}
    kept: dict[Key, Sequence[tuple[int, Content]]] = {}
    for key, steps in series.items():
        if (max_bytes := max_bytes - sizes[key][-1]) < 0:
            break
        kept[key] = steps[-1:]
    return kept


def omissions(what: str, series: Mapping[Key, Sequence[object]], kept: Mapping[Key, Sequence[object]]) -> list[str]:
    """What is missing, in words for the reader; empty if nothing is."""
    steps = sum(len(steps) - len(kept.get(key, ())) for key, steps in series.items())
    whole = len(series) - len(kept)
    words = [f"{steps} of {sum(map(len, series.values()))} {what}"] if steps else []
    return words + ([f"every step of {whole} series of them"] if whole else [])

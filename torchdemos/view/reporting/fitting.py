"""Leaving out middle steps until a page is small enough to send."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from torchdemos.view.events import thinned

Key = TypeVar("Key")
Content = TypeVar("Content")
STEPS = 10  # at most so many of one series


def fit(
    series: Mapping[Key, Sequence[tuple[int, Content]]], sizes: Mapping[Key, Sequence[int]], budget: int
) -> dict[Key, Sequence[tuple[int, Content]]]:
    """As many steps of every series as fit into `budget`, in total, the last ones before all.

    Where one step of each is too much, series are left out from the end.
    """
    for most in range(STEPS, 0, -1):
        if sum(sum(thinned(size, most)) for size in sizes.values()) <= budget:
            return {key: thinned(steps, most) for key, steps in series.items()}
    kept: dict[Key, Sequence[tuple[int, Content]]] = {}
    for key, steps in series.items():
        if (budget := budget - sizes[key][-1]) < 0:
            break
        kept[key] = steps[-1:]
    return kept


def left_out(what: str, series: Mapping[Key, Sequence[object]], kept: Mapping[Key, Sequence[object]]) -> list[str]:
    """What the reader should know is missing; empty if nothing is."""
    steps = sum(len(steps) - len(kept.get(key, ())) for key, steps in series.items())
    whole = len(series) - len(kept)
    told = [f"{steps} of {sum(map(len, series.values()))} {what}"] if steps else []
    return told + ([f"of {whole} series of them every step"] if whole else [])

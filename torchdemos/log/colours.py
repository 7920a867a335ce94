"""The colour of a run, the same in every card, picture, legend and report."""

import re
from collections.abc import Iterable, Mapping, Sequence

PALETTE = ("blue", "green", "pink", "red", "amber", "violet", "brown")  # variables of `answer.css`, for light and dark
INK, FAINT = "ink", "faint"
ROOT = "."
MEANINGS = {  # what vanishes or crawls is blue, what is good is green, what explodes or diverges is red
    "vanish": "blue", "crawl": "blue", "small": "blue", "squared_error": "blue",
    "flow": "green", "good": "green", "he": "green", "smoothing": "green",
    "jump": "pink", "xavier": "pink", "softmax_twice": "pink",
    "explode": "red", "diverge": "red", "large": "red", "cross_entropy": "red",
    "constant": "amber", "log_forgotten": "amber", "orthogonal": "violet", "NLL": "violet", "lsuv": "brown",
    "zero": INK,
}  # fmt: skip


def of_runs(runs: Iterable[str]) -> Mapping[str, str]:
    """A colour, as CSS, for each of these runs, measured and predicted.

    Runs in one folder have different colours, up to seven of them. A prediction, `0.theory`, has the colour of its run,
    `0_vanish`. The folder itself, ".", is ink beside its variants.
    """
    folders: dict[str, list[str]] = {}
    for run in sorted(runs):
        folders.setdefault(run.rpartition("/")[0], []).append(run)
    return {run: f"var(--{name})" for siblings in folders.values() for run, name in _named(siblings).items()}


def _named(siblings: Sequence[str]) -> dict[str, str]:
    """What a run is called decides; it is grey if another run has that colour. Others take what is left, in order."""
    measured = [run for run in siblings if not run.endswith(".theory")]
    taken = {ROOT: INK} if ROOT in siblings[:-1] else {}
    for run in measured:
        meant = MEANINGS.get(re.sub(r"^\d+_", "", run.rpartition("/")[2]))
        if meant:
            taken[run] = meant if meant not in taken.values() else FAINT
    left = [name for name in PALETTE if name not in taken.values()] or [*PALETTE]
    others = [run for run in measured if run not in taken]
    found = taken | {run: left[place % len(left)] for place, run in enumerate(others)}
    predicted = {run: found.get(_measured_by(run, measured), INK) for run in siblings if run not in measured}
    return found | predicted


def _measured_by(theory: str, measured: Iterable[str]) -> str:
    """The run that `0.theory` predicts; empty if there is none."""
    start = f"{theory.removesuffix('.theory')}_"
    return next((run for run in measured if run.startswith(start)), "")

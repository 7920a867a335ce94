"""Runs on disk: one file each, readable after the rules and the history have changed."""

import dataclasses
import os
import pickle
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.faultbench.watching import Seen
from torchdemos.diagnosis.history import History


class Run(NamedTuple):
    """One run of one case: what was seen of each model, or what it raised."""

    name: str
    group: str
    seed: int
    seen: dict[str, Seen]
    left: float
    learns_below: float
    error: str = ""

    @property
    def learnt(self) -> bool:
        return self.left <= self.learns_below


def save(run: Run, path: Path) -> None:
    """Write the run whole or not at all."""
    seen = {name: (_fields(own.history), dict(own.moments)) for name, own in run.seen.items()}
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(pickle.dumps(run._asdict() | {"seen": seen}))
    unfinished.replace(path)


def load(path: Path) -> Run:
    """Read a run. Fields of a history that are gone by now are left out."""
    found: dict[str, Any] = pickle.loads(path.read_bytes())
    known = {field.name for field in dataclasses.fields(History)}
    found["seen"] = {
        name: Seen(History(**{key: value for key, value in fields.items() if key in known}), moments)
        for name, (fields, moments) in found["seen"].items()
    }
    return Run(**found)


def _fields(history: History) -> dict[str, Any]:
    return {field.name: getattr(history, field.name) for field in dataclasses.fields(history)}

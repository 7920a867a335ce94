"""Trainings of a log, done again with every change at its step: do they end in the same bits?"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch

from torchdemos.lab.data import Digits
from torchdemos.lab.playground import record, settings
from torchdemos.lab.playground.session import learned
from torchdemos.lab.playground.training import Training, digest
from torchdemos.log.shown import shown
from torchdemos.steering.replay import Replay


class Ended(NamedTuple):
    """How a training ended when it was done again. `is_same` is None where the log does not know how it had ended."""

    name: str
    steps: int
    changes: int
    is_same: bool | None
    remark: str


def notes(folder: Path) -> list[Path]:
    """The notes of all trainings of the laboratory in this folder or below it, in their order.

    Raises `FileNotFoundError` in a sentence if there is none.
    """
    found = sorted(folder.rglob(record.NOTE))
    if not found:
        own = f"a log of your own loop is repeated by that loop, with live(..., replay={str(folder)!r})"
        raise FileNotFoundError(f"{shown(folder)} holds no training of `torchdemos live`; {own}")
    return found


def again(path: Path, digits: Digits) -> Ended:
    """Train again what this note tells of. Raises `ValueError` or `OSError` in a sentence if it cannot be."""
    note, folder = record.read(path), path.parent
    images, labels = learned(digits)
    if note.digits != digest([images, labels]):
        raise ValueError(f"{shown(folder)} learned other digits ({note.data}): name them with --data-dir")
    replay = Replay(folder)
    if note.steps is None:
        return Ended(folder.name, 0, 0, None, f"its end is not in the log. {replay.warning}".strip())
    torch.set_num_threads(note.threads)
    training, count = Training(note.settings, note.seed, images, labels), 0
    for name, value in _until_end(training, note.steps, replay):
        training.change(name, settings.check(name, value))
        count += 1
    is_same = training.fingerprint() == note.weights
    other = "" if note.torch == torch.__version__ else f"it ran on torch {note.torch}, and this is {torch.__version__}"
    remarks = [replay.warning, replay.missing, "" if is_same else other]
    return Ended(folder.name, note.steps, count, is_same, "; ".join(filter(None, remarks)))


def _until_end(training: Training, steps: int, replay: Replay) -> Iterator[tuple[str, object]]:
    """Take all steps; before each give what changed."""
    for step in range(steps):
        yield from replay.before(step)
        training.advance()

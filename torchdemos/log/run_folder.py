"""The files in a run's folder: event files, and what the run says about itself in `run.json` and `result.json`."""

import errno
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from torchdemos.log import plain
from torchdemos.log.cards import Pin
from torchdemos.log.places import is_around_us
from torchdemos.log.shown import shown
from torchdemos.log.whole_file import write_whole

LOGS = Path("logs")
NOTE = "run.json"
RESULT = "result.json"
ADVICE = "run a demo first, or name the folder of a run"
EVENT_FILES = "*tfevents*"
MOST_NOTE = 2**24  # bytes of a note; those of the demos have some thousand


@dataclass(frozen=True)
class FirstView:
    """What to open first of a run: the cards, in the run's folder, that answer its question."""

    folder: Path
    pins: Sequence[Pin]


def make_fresh(demo: str) -> Path:
    """Make `logs/<demo>/<date-time>`, with a number behind it if another run started in the same second."""
    for folder in names(LOGS / demo / datetime.now().strftime("%Y-%m-%d_%H-%M-%S")):
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            continue
        except OSError as error:
            raise OSError(error.errno, f"cannot make the log folder {shown(folder)}: {error.strerror}") from error
    raise AssertionError("there is always another number")


def names(folder: Path) -> Iterator[Path]:
    """`folder`, then `folder_2`, `folder_3`, ... without those that are there: names to try until one is free.

    Raises `FileExistsError` in a sentence after the first for a folder around the working folder, such as ".", because
    logs would lie beside it.
    """
    yield folder
    if is_around_us(folder):
        why = f"{shown(folder)} holds other things than a log: name a folder for this run, such as logs/mine"
        raise FileExistsError(errno.EEXIST, why)
    first = folder if folder.name not in ("", "..") else folder.resolve()
    try:
        taken = {path.name for path in os.scandir(first.parent)}
    except OSError:
        taken = set[str]()
    numbered = (f"{first.name}_{number}" for number in count(2))
    yield from (first.with_name(name) for name in numbered if name not in taken)


def find(logdir: str | Path | None) -> Path:
    """The folder to look at: `logdir`, or with None the folder of the newest run in ./logs.

    Raises `FileNotFoundError` in a sentence if it does not exist or holds no event file.
    """
    latest = newest(LOGS) if logdir is None else None
    folder = Path(logdir).expanduser() if logdir is not None else latest.folder if latest else LOGS
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no log folder {shown(folder)}: {ADVICE}")
    if not any(folder.rglob(EVENT_FILES)):
        raise FileNotFoundError(f"there is no TensorBoard log in {shown(folder)}: {ADVICE}")
    return folder


def describe(folder: Path, demo: str, config: dict[str, object], pins: Sequence[Pin]) -> None:
    """Write what `newest` reads: which demo with which settings, and what to look at first."""
    _write(folder / NOTE, {"demo": demo, "config": config, "pins": pins})


def conclude(
    folder: Path, demo: str, config: dict[str, object], data: str, verdict: str, claims: Iterable[Mapping[str, object]]
) -> None:
    """Write how the run ended: its verdict, and a row for each of its claims."""
    ended = {"demo": demo, "config": config, "data": data, "verdict": verdict, "claims": list(claims)}
    _write(folder / RESULT, ended)


def newest(folder: Path) -> FirstView | None:
    """The first view of the run that started last in this folder or below it; None if there is none."""
    return next(first_views(folder), None)


def first_views(folder: Path) -> Iterator[FirstView]:
    """The first view of every run in this folder and below it, the newest first."""
    notes = sorted(folder.rglob(NOTE), key=_written)
    return (view for note in reversed(notes) if (view := _first_view(note)))


def read(path: Path) -> Mapping[str, Any]:
    """What `describe` or `conclude` wrote into this file; empty if it is missing or holds something else."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_NOTE:  # to read a pipe is to wait for its writer
            return {}
        found = plain.unpacked(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, note: Mapping[str, object]) -> None:
    try:
        write_whole(path, json.dumps(note, indent=1, default=str) + "\n")
    except OSError as error:
        raise OSError(error.errno, f"cannot write in the log folder {shown(path.parent)}: {error.strerror}") from error


def _written(note: Path) -> float:
    """When it was written; long ago if it has just been removed."""
    try:
        return note.stat().st_mtime
    except OSError:
        return 0.0


def _first_view(path: Path) -> FirstView | None:
    """None if the note is not ours, though it has the same name."""
    note = read(path)
    try:
        return FirstView(path.parent, [(plugin, tag, run) for plugin, tag, run in note["pins"]])
    except (ValueError, TypeError, KeyError):
        return None

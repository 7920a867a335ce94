"""The files in a run's folder: event files, and what the run says about itself in `run.json` and `result.json`."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from torchdemos.log.cards import Pin

LOGS = Path("logs")
NOTE = "run.json"
RESULT = "result.json"
EVENT_FILES = "*tfevents*"


@dataclass(frozen=True)
class FirstView:
    """What to open first of a run: the cards, in the run's folder, that answer its question."""

    folder: Path
    pins: Sequence[Pin]


def name_fresh(demo: str) -> Path:
    """`logs/<demo>/<date-time>`, with a number behind it if another run started in the same second."""
    return fresh(LOGS / demo / datetime.now().strftime("%Y-%m-%d_%H-%M-%S"))


def fresh(folder: Path) -> Path:
    """`folder` if it is empty or missing, else the first of `folder_2`, `folder_3`, ... that is."""
    names = (folder, *(folder.with_name(f"{folder.name}_{n}") for n in range(2, 10_000)))
    return next(name for name in names if not _used(name))


def find(logdir: str | Path | None) -> Path:
    """The folder to look at: `logdir`, or with None the folder of the newest run in ./logs.

    Raises `FileNotFoundError` in a sentence if it does not exist or holds no event file.
    """
    latest = newest(LOGS) if logdir is None else None
    folder = Path(logdir).expanduser() if logdir is not None else latest.folder if latest else LOGS
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no log folder {folder}: run a demo first, or name the folder of a run")
    if not any(folder.rglob(EVENT_FILES)):
        raise FileNotFoundError(
            f"there is no TensorBoard log in {folder}: run a demo first, or name the folder of a run"
        )
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
    notes = sorted(folder.rglob(NOTE), key=lambda note: note.stat().st_mtime)
    return (view for note in reversed(notes) if (view := _first_view(note)))


def read(path: Path) -> Mapping[str, Any]:
    """What `describe` or `conclude` wrote into this file; empty if it is missing or holds something else."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _used(folder: Path) -> bool:
    """A file of that name counts as free: `Board` then says what is wrong with it."""
    try:
        return any(folder.iterdir())
    except OSError:
        return False


def _write(path: Path, note: Mapping[str, object]) -> None:
    try:
        path.write_text(json.dumps(note, indent=1, default=str) + "\n")
    except OSError as error:
        raise OSError(error.errno, f"cannot write in the log folder {path.parent}: {error.strerror}") from error


def _first_view(path: Path) -> FirstView | None:
    """None if the note is not ours, though it has the same name."""
    note = read(path)
    try:
        return FirstView(path.parent, [(plugin, tag, run) for plugin, tag, run in note["pins"]])
    except (ValueError, TypeError, KeyError):
        return None

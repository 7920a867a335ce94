"""Where a run lies on disk, and what it says about itself in `run.json`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from torchdemos.log.cards import Pin

LOGS = Path("logs")
NOTE = "run.json"
RESULT = "result.json"


@dataclass(frozen=True)
class Run:
    """A run that was found: its folder, and the tab and cards that answer its question."""

    folder: Path
    pins: Sequence[Pin]
    tab: str


def name_fresh(demo: str) -> Path:
    """`logs/<demo>/<date-time>`, with a number behind it if another run started in the same second."""
    return fresh(LOGS / demo / datetime.now().strftime("%Y-%m-%d_%H-%M-%S"))


def fresh(folder: Path) -> Path:
    """`folder` if there is nothing there yet, else the first of `folder_2`, `folder_3`, ... where there is not."""
    names = (folder, *(folder.with_name(f"{folder.name}_{n}") for n in range(2, 10_000)))
    return next(name for name in names if not _used(name))


def _used(folder: Path) -> bool:
    """A file of that name is for `Board` to complain of."""
    try:
        return any(folder.iterdir())
    except OSError:
        return False


def describe(folder: Path, demo: str, config: dict[str, object], pins: Sequence[Pin], tab: str = "timeseries") -> None:
    """Write what `newest` reads: which demo with which settings, and what to look at first."""
    _write(folder / NOTE, {"demo": demo, "config": config, "pins": pins, "tab": tab})


def conclude(
    folder: Path, demo: str, config: dict[str, object], data: str, verdict: str, claims: Iterable[Mapping[str, object]]
) -> None:
    """Write how the run ended: its verdict and its table of claims, a row each."""
    ended = {"demo": demo, "config": config, "data": data, "verdict": verdict, "claims": list(claims)}
    _write(folder / RESULT, ended)


def newest(folder: Path) -> Run | None:
    """The run that was started last in this folder or below it; None if there is none."""
    notes = sorted(folder.rglob(NOTE), key=lambda note: note.stat().st_mtime)
    return next((run for note in reversed(notes) if (run := _read(note))), None)


def _write(path: Path, note: Mapping[str, object]) -> None:
    try:
        path.write_text(json.dumps(note, indent=1, default=str) + "\n")
    except OSError as error:
        raise OSError(error.errno, f"cannot write in the log folder {path.parent}: {error.strerror}") from error


def _read(path: Path) -> Run | None:
    """What the note says; None for a file of that name that is somebody else's."""
    try:
        note = json.loads(path.read_text())
        return Run(path.parent, [(plugin, tag, run) for plugin, tag, run in note["pins"]], note["tab"])
    except (ValueError, TypeError, KeyError):
        return None

"""What a folder of logs holds: one exhibit for each run of a demo, each watched model, each other folder of events."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torchdemos.log import run_folder
from torchdemos.view import events
from torchdemos.view.reporting import markdown

MOST = 8  # exhibits on one page


@dataclass(frozen=True)
class Exhibit:
    """One run with its variants: what it asks, what came out, and all that was logged."""

    name: str
    runs: Mapping[str, events.Run]  # by their names below this run's folder; "." is that itself
    note: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def texts(self) -> Mapping[str, str]:
        return self.runs["."].texts if "." in self.runs else {}

    @property
    def watched(self) -> bool:
        """A model of the user's own, which asks nothing and has no claims."""
        return bool(self.note.get("demo", "watch") == "watch")

    @property
    def question(self) -> str:
        return markdown.title(self.texts.get("README", "")) or f"What {self.name} did in training"

    @property
    def pins(self) -> Sequence[tuple[str, str, str | None]]:
        """(plugin, tag, run) of what answers the question, in order; a note may hold anything."""
        pins = self.note.get("pins")
        whole = [pin for pin in pins if isinstance(pin, list) and len(pin) == 3] if isinstance(pins, list) else []
        return [(str(plugin), str(tag), None if run is None else str(run)) for plugin, tag, run in whole]


def find(folder: Path) -> tuple[list[Exhibit], list[str]]:
    """The newest exhibits in this folder and below it, the oldest of them first, and the names of those left out."""
    runs = events.runs(folder)
    notes = _notes(folder)
    homes = [home for home, note in notes.items() if note.get("demo") != "all"]
    grouped: dict[str, dict[str, events.Run]] = {home: {} for home in homes}
    for name, run in runs.items():
        home = _home(name, homes)
        if home is None and name in notes:  # the first page of a folder of several demos
            continue
        grouped.setdefault("." if home is None and not homes else home or name.split("/")[0], {})[name] = run
    filled = [home for home, inside in grouped.items() if inside]
    shown = filled[-MOST:]
    return [_exhibit(folder, home, grouped[home], notes.get(home, {})) for home in shown], filled[:-MOST]


def _exhibit(folder: Path, home: str, runs: Mapping[str, events.Run], note: Mapping[str, Any]) -> Exhibit:
    name = folder.resolve().name if home == "." else home
    inside = {Path(run).relative_to(home).as_posix(): found for run, found in runs.items()}
    return Exhibit(name, inside, note, _json(folder / home / run_folder.RESULT))


def _notes(folder: Path) -> dict[str, Mapping[str, Any]]:
    """What `run.json` says in each folder that has one, in the order of writing."""
    paths = sorted(folder.rglob(run_folder.NOTE), key=lambda path: path.stat().st_mtime)
    return {path.parent.relative_to(folder).as_posix(): note for path in paths if (note := _json(path))}


def _json(path: Path) -> Mapping[str, Any]:
    """An object out of a file; empty for a file that is not there or somebody else's."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _home(run: str, homes: Iterable[str]) -> str | None:
    """The deepest of the folders that the run lies in; None if it lies in none."""
    above = [home for home in homes if home == "." or run == home or run.startswith(f"{home}/")]
    return max(above, key=len, default=None)

"""The exhibits in a folder of logs: one for each run of a demo, each watched model and each other folder of events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torchdemos.log import run_folder
from torchdemos.view import events, markdown, profiles
from torchdemos.view.reporting import private

MAX_EXHIBITS = 8  # on one page


@dataclass(frozen=True)
class Exhibit:
    """One run with its variants: the question, the outcome, and everything that was logged."""

    name: str
    runs: Mapping[str, events.LoggedRun]  # by their names below this run's folder; "." is the folder itself
    note: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    unread: Sequence[str] = ()  # files beside the log that hold no note

    @property
    def texts(self) -> Mapping[str, str]:
        return self.runs["."].texts if "." in self.runs else {}

    @property
    def measured(self) -> Sequence[str]:
        """Its runs with numbers, without those that only predict."""
        return [name for name, run in self.runs.items() if run.scalars and not profiles.is_theory(name)]

    @property
    def watched(self) -> bool:
        """Whether it is a model of the user's own, which has no question and no claims."""
        return bool(self.note.get("demo", "watch") == "watch")

    @property
    def question(self) -> str:
        return markdown.title(self.texts.get("README", "")) or f"What {self.name} did in training"

    @property
    def pins(self) -> Sequence[tuple[str, str, str | None]]:
        """The cards that answer the question, as (plugin, tag, run). Whatever else a note may hold is left out."""
        pins = self.note.get("pins")
        triples = [pin for pin in pins if isinstance(pin, list) and len(pin) == 3] if isinstance(pins, list) else []
        return [(str(plugin), str(tag), None if run is None else str(run)) for plugin, tag, run in triples]


def find(folder: Path) -> tuple[list[Exhibit], list[str]]:
    """The newest exhibits in this folder and below it, oldest first, and the names of those left out."""
    runs = events.runs(folder)
    notes = _notes(folder)
    homes = [home for home, note in notes.items() if note.get("demo") != "all"]
    grouped: dict[str, dict[str, events.LoggedRun]] = {home: {} for home in homes}
    for name, run in runs.items():
        home = _home(name, homes)
        if home is None and name in notes:  # the first page of a folder of several demos
            continue
        grouped.setdefault("." if home is None and not homes else home or name.split("/")[0], {})[name] = run
    filled = [home for home, inside in grouped.items() if inside]
    shown = filled[-MAX_EXHIBITS:]
    return [_exhibit(folder, home, grouped[home], notes.get(home, {})) for home in shown], filled[:-MAX_EXHIBITS]


def _exhibit(folder: Path, home: str, runs: Mapping[str, events.LoggedRun], note: Mapping[str, Any]) -> Exhibit:
    name = folder.resolve().name if home == "." else home
    inside = {Path(run).relative_to(home).as_posix(): private.run(found) for run, found in runs.items()}
    result = run_folder.read(folder / home / run_folder.RESULT)
    unread = [
        file
        for file, found in ((run_folder.NOTE, note), (run_folder.RESULT, result))
        if not found and (folder / home / file).exists()
    ]
    return Exhibit(name, inside, private.without_home(note), private.without_home(result), unread)


def _notes(folder: Path) -> dict[str, Mapping[str, Any]]:
    """What `run.json` says in each folder that has one, oldest first."""
    paths = sorted(folder.rglob(run_folder.NOTE), key=lambda path: path.stat().st_mtime)
    return {path.parent.relative_to(folder).as_posix(): note for path in paths if (note := run_folder.read(path))}


def _home(run: str, homes: Iterable[str]) -> str | None:
    """The deepest of these folders that holds the run; None if none does."""
    above = [home for home in homes if home == "." or run == home or run.startswith(f"{home}/")]
    return max(above, key=len, default=None)

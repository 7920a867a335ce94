"""The address of TensorBoard's own cards that show a run at a glance."""

from pathlib import Path

from torchdemos.log import run_folder, watched
from torchdemos.log.links import TIME_SERIES, first_view
from torchdemos.log.run_folder import EVENT_FILES, FirstView
from torchdemos.view import events, profiles


def address(folder: Path, run: str | None = None) -> str:
    """The end of the address that pins the cards of this run, or with None those of the newest run in the folder.

    A run without cards leads to Time Series as it is.
    """
    views = (view for view in run_folder.first_views(folder) if run in (None, _name(folder, view.folder)))
    view = next(views, None) or _watched(folder, run)
    if view is None:
        return TIME_SERIES
    name = _name(folder, view.folder)
    return first_view(view.pins, ["" if name == "." else name])


def _watched(folder: Path, run: str | None) -> FirstView | None:
    """The cards of the newest run with a watched model, whose writer left no note about it."""
    files = [path for path in folder.rglob(EVENT_FILES) if path.is_file()]
    for path in sorted(files, key=lambda path: path.stat().st_mtime, reverse=True):
        if run not in (None, _name(folder, path.parent)):
            continue
        if prefixes := profiles.watched(events.read(path.parent).scalars):
            return FirstView(path.parent, [pin for prefix in prefixes for pin in watched.pins(prefix)])
    return None


def _name(folder: Path, inside: Path) -> str:
    return inside.relative_to(folder).as_posix()

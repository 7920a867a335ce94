"""Whether the logs below a folder belong on one page."""

import fnmatch
import os
from collections.abc import Iterator
from pathlib import Path

from torchdemos.log.run_folder import EVENT_FILES, NOTE

MAX_RUNS = 30
MAX_FOLDERS = 20_000  # looked into; a folder with more of them is somebody's whole disk


def check(folder: Path) -> None:
    """Raise `ValueError` in a sentence for a folder that gathers logs by chance, such as /tmp.

    It has more than 30 runs below it, or more folders without a run than with one. A folder with one run is fine.
    """
    runs = list(_runs(folder))
    homes = sorted({run.relative_to(folder).parts[0] for run in runs if run != folder})
    strangers = [path for path in folder.iterdir() if path.is_dir() and path.name[0] != "." and path.name not in homes]
    if len(runs) > MAX_RUNS or (len(runs) > 1 and len(strangers) > len(homes)):
        raise ValueError(
            f"{len(runs)} runs lie below {folder}: name a narrower folder, such as {folder / homes[0]}, or take the "
            "newest of them with --newest"
        )


def _runs(folder: Path) -> Iterator[Path]:
    """The outermost folders with event files or a note about a run."""
    for looked, (place, folders, files) in enumerate(os.walk(folder)):
        if looked > MAX_FOLDERS:
            raise ValueError(f"there are more than {MAX_FOLDERS} folders below {folder}: name a narrower folder")
        if NOTE in files or fnmatch.filter(files, EVENT_FILES):
            folders.clear()
            yield Path(place)

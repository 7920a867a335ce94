"""What a user may name as the folder of a run."""

import re
from pathlib import Path

from torchdemos.log.shown import shown

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")  # as `s3://bucket`; a Windows drive has one letter


def place(folder: str | Path) -> Path:
    """The folder of that name, with `~` as the home folder.

    Raises `ValueError` in a sentence for a name that is empty, an address such as `s3://bucket/run`, or no name of a
    folder on this machine.
    """
    name = str(folder)
    if not name:
        raise ValueError("the name of the log folder is empty: name one, such as logs/mine")
    if ADDRESS.match(name):
        why = "is an address, and a log is written into a folder of this machine: name one, and copy it there later"
        raise ValueError(f"{shown(name)} {why}")
    if "\0" in name:
        raise ValueError(f"the log folder {shown(name)} has a zero byte in its name, which no folder may have")
    try:
        return Path(folder).expanduser()
    except RuntimeError as error:
        raise ValueError(f"nobody has the home folder with which {shown(name)} begins") from error


def is_around_us(folder: Path) -> bool:
    """Whether the working folder lies in it, or it is the user's home: what is beside it is not for logs."""
    try:
        here = Path.cwd()
        return folder.resolve() in (here, *here.parents, Path.home())
    except (OSError, RuntimeError):  # the working folder is gone, links lead in a circle, or there is no home
        return not folder.name

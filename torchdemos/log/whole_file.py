"""Small files that are there whole or not at all."""

import os
import shutil
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Write a file as UTF-8 beside its place and then rename it, so that a full disk leaves the one that was there.

    What is no file, such as `/dev/stdout`, is written to. What UTF-8 cannot hold, half of a character, becomes "?".
    Raises `OSError`.
    """
    content = text.encode(errors="replace")
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    goal = Path(os.path.realpath(path))  # a link stays a link
    beside = goal.with_name(f".{goal.name[:50]}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        if goal.exists():
            shutil.copymode(goal, beside)
        os.replace(beside, goal)
    finally:
        with suppress(OSError):
            beside.unlink()

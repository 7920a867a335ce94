"""How a process tells the others that it still writes to a file. Windows has no such locks, and says nothing."""

import os
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl


def hold(file: int) -> None:
    """Hold this open file until it is closed or the process ends. Where a disk knows no locks, nothing happens."""
    if sys.platform != "win32":
        with suppress(OSError):
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_held(path: Path) -> bool:
    """Whether another process holds this file."""
    if sys.platform != "win32":
        with suppress(OSError):
            file = os.open(path, os.O_RDONLY)
            try:
                fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                return True
            finally:
                os.close(file)
    return False

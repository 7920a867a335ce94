"""One event file on disk: whole records, and nothing else."""

import os
import re
import socket
import time
import weakref
from contextlib import suppress
from io import FileIO
from itertools import count
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event

from torchdemos.board import wire
from torchdemos.log import locks
from torchdemos.log.run_folder import EVENT_FILES

_numbers = count()


class RecordFile:
    """A new file in `folder`, after all that are there in the order in which TensorBoard reads them.

    Without buffer or thread, the operating system has a record when `append` returns, so a killed process loses
    nothing. A record that does not fit on the disk is taken back, because a torn record would hide every later one
    from TensorBoard.

    Raises `OSError` for a file that cannot be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / _next_name(folder)
        self._file = FileIO(self.path, "xb", opener=_append_only)
        self._end = 0
        self._close = weakref.finalize(self, _close, self._file, folder)  # nobody closes it after a watched loop
        locks.hold(self._file.fileno())
        try:
            self.append(Event(wall_time=time.time(), file_version="brain.Event:2").SerializeToString())
        except BaseException:
            self._close()
            with suppress(OSError):
                self.path.unlink()
            raise

    def append(self, event: bytes) -> None:
        """Write an event whole or not at all."""
        record, end = wire.record(event), self._end
        rest = memoryview(record)
        try:
            while rest:  # on a full disk a raw write stops halfway, and the next one says why
                rest = rest[self._file.write(rest) :]
            self._end = end + len(record)
        except BaseException:
            self._end = end
            with suppress(OSError):  # then the file is longer than it should be, and no longer intact
                self._file.truncate(end)
            raise

    def is_intact(self) -> bool:
        """Whether it is where it was made, and holds what was written and no more."""
        try:
            return self.path.stat().st_size == self._end
        except OSError:
            return False

    def sync(self) -> None:
        """Return when the disk has the file, and not the operating system alone."""
        if not self._file.closed:
            os.fsync(self._file.fileno())
            _sync_folder(self.path.parent)

    def close(self) -> None:
        """See the file onto the disk, and close it."""
        self._close()

    @property
    def closed(self) -> bool:
        return self._file.closed


def _append_only(path: str, flags: int) -> int:
    """After others have cut a file short, what was to be written at its old end would lie behind a hole."""
    return os.open(path, flags | os.O_APPEND, 0o666)


def _next_name(folder: Path) -> str:
    """TensorBoard reads the files of a folder by name, and looks at none before the one that it has come to."""
    newest = max((path.name for path in folder.glob(EVENT_FILES)), default="")
    found = re.match(r"events\.out\.tfevents\.(\d+)", newest)
    second = max(int(time.time()), int(found[1]) + 1 if found else 0)
    return f"events.out.tfevents.{second:010d}.{socket.gethostname()}.{os.getpid()}.{next(_numbers)}"


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # Windows opens no folder
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _close(file: FileIO, folder: Path) -> None:
    if not file.closed:
        with suppress(OSError):  # at the end of a program there is nobody left to tell
            os.fsync(file.fileno())
        _sync_folder(folder)
        file.close()

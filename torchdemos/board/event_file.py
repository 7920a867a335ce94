"""An event file that is written record by record and stays readable after any crash."""

import errno
import os
import socket
import time
import weakref
from itertools import count
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event

from torchdemos.board import wire

_number = count()


class EventFile:
    """Appends events to a new file in `folder`, which must be empty or not yet exist.

    Without buffer or thread, the operating system has the record when `write` returns, so a killed process loses
    nothing. A record that does not fit on the disk is taken back, because a torn record would hide every later one
    from TensorBoard.

    Raises `FileExistsError` for a folder in use, `OSError` for one that cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}.{next(_number)}"
        _make_fresh(folder)
        try:
            self._file = open(folder / name, "xb", buffering=0)
        except OSError as error:
            raise OSError(error.errno, f"cannot write in the log folder {folder}: {error.strerror}") from error
        weakref.finalize(self, self._file.close)  # nobody closes it after a watched loop, which has no end
        self._append(Event(wall_time=time.time(), file_version="brain.Event:2").SerializeToString())

    def write(self, summary: bytes, step: int) -> None:
        if self._file.closed:
            raise RuntimeError(f"the board at {self.folder} is closed: log before leaving its `with` block")
        self._append(wire.event(time.time(), step, summary))

    def close(self) -> None:
        self._file.close()

    def _append(self, event: bytes) -> None:
        record, end = wire.record(event), self._file.tell()
        try:
            if self._file.write(record) != len(record):  # on a full disk a raw write stops halfway
                raise OSError(errno.ENOSPC, "the disk is full")
        except OSError as error:
            self._file.truncate(end)
            self._file.seek(end)
            why = f"cannot write the log in {self.folder}: {error.strerror}; everything logged before is intact"
            raise OSError(error.errno, why) from error


def _make_fresh(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        used = any(folder.iterdir())
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, f"the log folder {folder} is a file: choose another name") from error
    except OSError as error:
        raise OSError(error.errno, f"cannot make the log folder {folder}: {error.strerror}") from error
    if used:
        why = f"the log folder {folder} is already in use, and two runs in one folder zigzag: choose another"
        raise FileExistsError(errno.EEXIST, why)

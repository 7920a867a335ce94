"""The event files of a board that has a folder of its own."""

import time
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog

from torchdemos.board import wire
from torchdemos.board.record_file import RecordFile
from torchdemos.log import claims, run_folder
from torchdemos.log.shown import shown


class EventFile:
    """Appends events to a new file in `folder`, which must be empty or not yet exist; see `RecordFile`.

    With `resume` the folder may hold a run that nobody writes to any more, and `resumes` says that it does. What others
    do to the file is noticed by `renew`.

    Raises `FileExistsError` for a folder in use, `OSError` for one that cannot be written.
    """

    def __init__(self, folder: Path, resume: bool = False) -> None:
        self.folder = folder
        self.home = folder.absolute()  # the program may change its working folder
        with claims.claimed(folder, resume):
            self.resumes = resume and any(folder.glob(run_folder.EVENT_FILES))
            self._file = self._new()

    def renew(self) -> str:
        """Go on in a new file if others have removed this one or cut it short; return what is to be said of that."""
        if self._file.closed or self._file.is_intact():
            return ""
        lost = self._file
        self._file = self._new()
        lost.close()
        what = "cut short or written to" if lost.path.exists() else "removed"
        return f"{shown(lost.path)} was {what} by others: this run goes on in {shown(self._file.path)}"

    def write(self, summary: bytes, step: int) -> None:
        self._append(wire.event(time.time(), step, summary))

    def restart(self, step: int) -> None:
        """What was logged at this step and later counts no more."""
        start = SessionLog(status=SessionLog.START)
        self._append(Event(wall_time=time.time(), step=step, session_log=start).SerializeToString())

    def sync(self) -> None:
        try:
            self._file.sync()
        except OSError as error:
            raise OSError(error.errno, f"the log in {shown(self.folder)} may be lost: {error.strerror}") from error

    def close(self) -> None:
        self._file.close()

    def _new(self) -> RecordFile:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            return RecordFile(self.home)
        except OSError as error:
            why = f"cannot write in the log folder {shown(self.folder)}: {error.strerror}"
            raise OSError(error.errno, why) from error

    def _append(self, event: bytes) -> None:
        if self._file.closed:
            raise RuntimeError(f"the board at {shown(self.folder)} is closed: log before leaving its `with` block")
        try:
            self._file.append(event)
        except OSError as error:
            why = f"cannot write the log in {shown(self.folder)}: {error.strerror}"
            raise OSError(error.errno, f"{why}; everything logged before is intact") from error

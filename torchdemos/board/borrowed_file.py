"""The event file of a `SummaryWriter` that its owner opened and closes."""

import errno
from pathlib import Path

from tensorboard.compat.proto.summary_pb2 import Summary
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.writer import FileWriter

from torchdemos.log.shown import shown


class BorrowedFile:
    """Appends events to the file of a writer, beside what its owner writes there.

    The writer hands records to a thread, so `write` flushes: when it returns, the operating system has the record.
    `close` leaves the writer open. A writer whose disk was full takes nothing more until its owner closes it and writes
    again, and where its run goes on is for the owner to say, with `purge_step`.

    Raises `TypeError` for anything but PyTorch's own writer, `ValueError` with `resume`.
    """

    def __init__(self, writer: SummaryWriter, resume: bool = False) -> None:
        if not isinstance(writer, SummaryWriter):
            kind = f"{type(writer).__module__}.{type(writer).__qualname__}"
            raise TypeError(f"a board takes a folder or a torch.utils.tensorboard.SummaryWriter, not a {kind}")
        if resume:
            raise ValueError("resume=True is for a folder: a SummaryWriter resumes a run by its own purge_step")
        self.folder = self.home = Path(writer.log_dir)
        self._writer = writer
        self._closed = False

    def renew(self) -> str:
        """Whether the file is still there is for its owner to see."""
        return ""

    def write(self, summary: bytes, step: int) -> None:
        file = self._opened()
        try:
            file.add_summary(Summary.FromString(summary), step)
            file.flush()
        except OSError as error:
            why = f"cannot write the log in {shown(self.folder)}: {error.strerror or error}"
            raise OSError(error.errno or errno.EIO, why) from error

    def sync(self) -> None:
        self._opened().flush()

    def close(self) -> None:
        self._closed = True

    def _opened(self) -> FileWriter:
        if self._closed:
            raise RuntimeError(f"the board at {shown(self.folder)} is closed: log before leaving its `with` block")
        if self._writer.file_writer is None:
            raise RuntimeError(f"the SummaryWriter of {shown(self.folder)} is closed: close it after the last step")
        return self._writer.file_writer

"""The event file of a `SummaryWriter` that its owner opened and closes."""

import errno
from pathlib import Path

from tensorboard.compat.proto.summary_pb2 import Summary
from torch.utils.tensorboard import SummaryWriter


class BorrowedFile:
    """Appends events to the file of a writer, beside what its owner writes there.

    The writer hands records to a thread, so `write` flushes: when it returns, the operating system has the record.
    `close` leaves the writer open.

    Raises `TypeError` for anything but PyTorch's own writer.
    """

    def __init__(self, writer: SummaryWriter) -> None:
        if not isinstance(writer, SummaryWriter):
            kind = f"{type(writer).__module__}.{type(writer).__qualname__}"
            raise TypeError(f"a board takes a folder or a torch.utils.tensorboard.SummaryWriter, not a {kind}")
        self.folder = Path(writer.log_dir)
        self._writer = writer
        self._closed = False

    def write(self, summary: bytes, step: int) -> None:
        if self._closed:
            raise RuntimeError(f"the board at {self.folder} is closed: log before leaving its `with` block")
        file = self._writer.file_writer
        if file is None:
            raise RuntimeError(f"the SummaryWriter of {self.folder} is closed: close it after the last step")
        try:
            file.add_summary(Summary.FromString(summary), step)
            file.flush()
        except OSError as error:
            raise OSError(error.errno or errno.EIO, f"cannot write the log in {self.folder}: {error}") from error

    def close(self) -> None:
        self._closed = True

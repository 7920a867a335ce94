"""A disk that is full for a while, for files of this process: a write stops halfway, and the next one fails."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

from torch.utils.tensorboard import SummaryWriter


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Inside the `with` block no file of this process can grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def wait_for_thread_of(writer: SummaryWriter) -> None:
    """The thread of a writer whose disk was full ends with the error, and pytest sees that when it has ended."""
    writer.file_writer.event_writer._async_writer._worker.join()
    writer.file_writer = writer.all_writers = None  # to close it would raise the error once more

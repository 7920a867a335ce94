"""An answer on its way. The server holds no more of it than one piece, however slowly it is read."""

import asyncio
import contextlib
import socket
from asyncio import StreamReader, StreamWriter, Task
from collections.abc import AsyncGenerator
from typing import Any

from torchdemos.view.serving.answer import Answer

WRITE_SECONDS = 20  # for what was written to leave this machine
PARTING_SECONDS = 0.5  # for who asked to take the answer and go
SEND_BUFFER = 2**17  # bytes that the system holds for a page that does not read; by itself it takes megabytes
UNREAD, MOST_UNREAD = 2**15, 32  # bytes of a request that nobody wants, thrown away at a time, and how many times


async def send(answer: Answer, reader: StreamReader, writer: StreamWriter) -> None:
    """Returns when the answer is on its way. Raises `OSError` when it is not taken in time."""
    writer.transport.set_write_buffer_limits(0)  # so that `drain` waits until the system has everything
    await _write(answer.head(), writer)
    if isinstance(answer.body, bytes):
        await _write(answer.body, writer)
    else:
        await _write_all(answer.body, reader, writer)
    writer.write_eof()  # a forked process may hold this socket open: this ends it all the same


async def _write(content: bytes, writer: StreamWriter) -> None:
    writer.write(content)
    async with asyncio.timeout(WRITE_SECONDS):
        await writer.drain()


async def _write_all(pieces: AsyncGenerator[bytes, None], reader: StreamReader, writer: StreamWriter) -> None:
    """One piece after the other. A page that goes cancels this task."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    leaving = asyncio.ensure_future(_leave_with(reader, asyncio.current_task()))
    try:
        async with contextlib.aclosing(pieces):
            async for piece in pieces:
                await _write(piece, writer)
    finally:
        leaving.cancel()
        await asyncio.wait([leaving])


async def _leave_with(reader: StreamReader, task: Task[Any] | None) -> None:
    """A page that takes pieces says nothing more until it goes."""
    with contextlib.suppress(OSError):
        await reader.read(1)
    if task is not None:
        task.cancel()


async def let_go(reader: StreamReader) -> None:
    """Wait for who has the answer to go. A connection that closes with words unread is reset, and the answer lost."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PARTING_SECONDS):
            for _ in range(MOST_UNREAD):
                if not await reader.read(UNREAD):
                    return

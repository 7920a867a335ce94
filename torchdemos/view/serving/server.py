"""The server: one thread of its own that reads, asks the desk and answers, whatever the others do.

It is a loop of asyncio: a connection that says nothing costs a few kilobytes and no thread.
"""

import asyncio
import contextlib
import logging
import socket
import threading
from asyncio import StreamReader, StreamWriter, Task
from collections.abc import Awaitable, Callable
from typing import Any

from torchdemos.view.serving.answer import Answer
from torchdemos.view.serving.guard import Guard
from torchdemos.view.serving.listening import listen
from torchdemos.view.serving.request import MOST_HEAD, Head, Refusal, read_body, read_head

MOST_CONNECTIONS = 200
READ_SECONDS = 5  # for a whole request, however slowly it comes
WRITE_SECONDS = 20  # for what was written to leave this machine
PARTING_SECONDS = 0.5  # for the last words when the server stops
SEND_BUFFER = 2**17  # bytes that the system holds for a page that does not read

Desk = Callable[[Head, str, bytes], Awaitable[Answer]]
"""Answers a request that the guard has admitted: its head, the path behind the token, its body. May raise `Refusal`."""


class Server:
    """Serves from now until `close`. Raises `OSError` or `ValueError` in a sentence if it cannot."""

    def __init__(self, desk: Desk, host: str, port: int) -> None:
        listening = listen(host, port)
        self.guard = Guard(host)
        port = listening.getsockname()[1]
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
        self.address = f"http://{shown}:{port}/{self.guard.token}/"
        self.loop = asyncio.new_event_loop()
        self._desk = desk
        self._strangers: dict[Task[Any], None] = {}  # connections that have not shown the token, the oldest first
        self._known: dict[Task[Any], None] = {}
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, args=(listening,), name="torchdemos-server", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, as soon as pages that read have what was said last. Harmless when it has been called before."""
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self, listening: socket.socket) -> None:
        with contextlib.closing(self.loop):
            self.loop.run_until_complete(self._serve(listening))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())

    async def _serve(self, listening: socket.socket) -> None:
        server = await asyncio.start_server(self._meet, sock=listening, limit=MOST_HEAD)
        await self._stop.wait()
        server.close()
        for stranger in self._strangers:
            stranger.cancel()
        if self._known:
            await asyncio.wait(self._known, timeout=PARTING_SECONDS)
        left = [*self._strangers, *self._known]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.sleep(0)  # sockets close one turn after their transports

    async def _meet(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One connection, one request. When all places are taken, the oldest stranger loses its own."""
        task = asyncio.current_task()
        assert task is not None
        writer.transport.set_write_buffer_limits(0)  # so that `drain` waits until all is with the system
        if len(self._strangers) + len(self._known) >= MOST_CONNECTIONS and self._strangers:
            oldest = next(iter(self._strangers))
            del self._strangers[oldest]
            oldest.cancel()
        crowded = len(self._strangers) + len(self._known) >= MOST_CONNECTIONS
        self._strangers[task] = None
        try:
            answer = _full() if crowded else await self._answer(reader, task)
            await _send(answer, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):  # a timeout is an OSError too
            pass  # who asked has gone, or must go
        finally:
            self._strangers.pop(task, None)
            self._known.pop(task, None)
            writer.transport.abort()

    async def _answer(self, reader: StreamReader, task: Task[Any]) -> Answer:
        try:
            async with asyncio.timeout(READ_SECONDS):
                head = await read_head(reader)
                path = self.guard.admit(head)
                self._known[task] = self._strangers.pop(task, None)
                body = await read_body(reader, head) if head.method == "POST" else b""
            return await self._desk(head, path, body)
        except Refusal as refusal:
            return Answer(refusal.status, f"{refusal}\n".encode())
        except TimeoutError:
            return Answer(408, b"the request did not come to its end in time\n")
        except (OSError, asyncio.IncompleteReadError):
            raise
        except Exception as error:
            logging.getLogger(__name__).exception("torchdemos cannot answer a page")
            return Answer(500, f"this cannot be answered: {type(error).__name__}: {error}\n".encode())


def _full() -> Answer:
    return Answer(503, b"too many pages are open: close one\n")


async def _send(answer: Answer, reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(answer.head())
    if isinstance(answer.body, bytes):
        writer.write(answer.body)
        await _leave(reader, writer)
        return
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    sending = asyncio.ensure_future(_send_pieces(answer.body, writer))
    gone = asyncio.ensure_future(reader.read(1))  # a page says nothing more until it goes
    try:
        await asyncio.wait([sending, gone], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, gone):
            task.cancel()
        await asyncio.gather(sending, gone, return_exceptions=True)
    if not gone.cancelled():
        return
    await _leave(reader, writer)


async def _send_pieces(pieces: Any, writer: StreamWriter) -> None:
    async with contextlib.aclosing(pieces):
        async for piece in pieces:
            writer.write(piece)
            async with asyncio.timeout(WRITE_SECONDS):
                await writer.drain()


async def _leave(reader: StreamReader, writer: StreamWriter) -> None:
    """Let the answer arrive: a connection that closes with words unread is reset, and the answer lost."""
    async with asyncio.timeout(WRITE_SECONDS):
        await writer.drain()
    writer.write_eof()  # a forked process may hold this socket open: this ends it all the same
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PARTING_SECONDS):
            while await reader.read(MOST_HEAD):
                pass

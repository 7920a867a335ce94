"""The server: one thread that reads requests, has them admitted and answered, whatever the other threads do.

It is a loop of asyncio, so that a connection which says nothing costs a few kilobytes and no thread.
"""

import asyncio
import contextlib
import logging
import socket
import threading
from asyncio import StreamReader, StreamWriter, Task
from collections.abc import Awaitable, Callable
from typing import Any

from torchdemos.view.serving.answer import Answer, refused
from torchdemos.view.serving.guard import Guard
from torchdemos.view.serving.listening import listen, reached_at
from torchdemos.view.serving.places import MOST, Places
from torchdemos.view.serving.request import MOST_HEAD, Head, Refusal, read_body, read_head
from torchdemos.view.serving.sending import PARTING_SECONDS, let_go, send

READ_SECONDS = 5  # for a whole request, however slowly it comes

Desk = Callable[[Head, str, bytes], Awaitable[Answer]]
"""Answers what the guard has admitted: a head, the path behind the token, and a body. May raise `Refusal`."""


class Server:
    """Serves from now until `close`, at `address`, which holds the token.

    Raises `OSError` or `ValueError` in a sentence if it cannot serve there.
    """

    def __init__(self, desk: Desk, host: str, port: int) -> None:
        listening = listen(host, port)
        self._desk, self._guard, self._places = desk, Guard(host), Places()
        self.is_open = self._guard.is_open
        self.address = f"{reached_at(host, listening)}{self._guard.token}/"
        self.loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, args=(listening,), name="torchdemos server", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, once those who read have what was said last. It may be called again."""
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self, listening: socket.socket) -> None:
        with contextlib.closing(self.loop):
            self.loop.run_until_complete(self._serve(listening))

    async def _serve(self, listening: socket.socket) -> None:
        server = await asyncio.start_server(self._meet, sock=listening, limit=MOST_HEAD, backlog=MOST)
        await self._stop.wait()
        server.close()
        if known := self._places.known():
            await asyncio.wait(known, timeout=PARTING_SECONDS)
        await asyncio.gather(*self._places.clear(), return_exceptions=True)
        await asyncio.sleep(0)  # a socket closes one turn after its transport

    async def _meet(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One connection, and one request of it. A connection without a place is closed."""
        task = asyncio.current_task()
        assert task is not None
        try:
            if self._places.take(task):
                await send(await self._answer(reader, task), reader, writer)
                self._places.forget(task)
                await let_go(reader)
        except (OSError, EOFError, asyncio.CancelledError):
            pass  # who asked has gone, is too slow, or has lost the place
        except Exception:
            logging.getLogger(__name__).exception("torchdemos cannot go on with a page")
        finally:
            self._places.leave(task)
            writer.transport.abort()

    async def _answer(self, reader: StreamReader, task: Task[Any]) -> Answer:
        try:
            async with asyncio.timeout(READ_SECONDS):
                head = await read_head(reader)
                path = self._guard.admit(head)
                self._places.know(task)
                body = await read_body(reader, head) if head.method == "POST" else b""
            return await self._desk(head, path, body)
        except Refusal as refusal:
            return refused(refusal.status, str(refusal))
        except TimeoutError:
            return refused(408, f"a request comes within {READ_SECONDS} seconds")
        except (OSError, EOFError):
            raise
        except Exception as error:
            logging.getLogger(__name__).exception("torchdemos cannot answer a page")
            return refused(500, f"this cannot be answered: {type(error).__name__}: {error}")

"""A page without a browser: it takes all events of a live training, and asks for changes."""

import json
import threading
from contextlib import suppress
from socket import SHUT_RDWR
from types import TracebackType
from typing import Any, Self

from patience import SECONDS, until
from raw_http import ask, connected, request


class Client:
    """An open page: the latest scene, and all frames and curves that came; closed when its block ends."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.scene: dict[str, Any] = {}
        self.frames: list[dict[str, Any]] = []
        self.curves: list[dict[str, Any]] = []
        self.over = ""
        self._connection = connected(address)
        self._connection.sendall(request(address, path="events"))
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        until(lambda: bool(self.scene))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with suppress(OSError):  # the server was first
            self._connection.shutdown(SHUT_RDWR)
        self._thread.join(SECONDS)

    def change(self, name: str, value: Any) -> str:
        """What is said to it, empty for yes."""
        answer = ask(self.address, "POST", "change", json.dumps({"name": name, "value": value}).encode())
        return "" if answer.status == 204 else answer.body.strip()

    def snapshot(self) -> dict[str, Any]:
        answer = ask(self.address, path="snapshot")
        assert answer.status == 200, answer.body
        found: dict[str, Any] = json.loads(answer.body)
        return found

    def _read(self) -> None:
        """Until the training is over, so that the server need not wait for its last reader, or the page is closed."""
        with self._connection, self._connection.makefile("rb") as lines, suppress(OSError):
            for line in lines:
                if line.startswith(b"data: "):
                    self._take(json.loads(line[6:]))
                if self.over:
                    return

    def _take(self, news: dict[str, Any]) -> None:
        """A frame comes after all that it came with, so that who waits for it has that too."""
        self.scene = news.get("scene", self.scene)
        self.curves = news.get("curves", self.curves)
        self.frames += [news["frame"]] if "frame" in news else []
        self.over = news.get("over", self.over)

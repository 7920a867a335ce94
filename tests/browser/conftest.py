"""A real Chromium, and TensorBoards for it to look at."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from torchdemos.view.with_tensorboard import MAX_SAMPLES

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HARMLESS = ("Multiple instances of Three.js", "WebGL", "GL Driver")  # TensorBoard's own, on a machine without a GPU


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="the extra 'browser' is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as player:
        browser = player.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def shared_page(chromium: Any, tensorboard: Any) -> Iterator[Any]:
    """One page for all tests of a file, where TensorBoard takes seconds to start. It closes before its servers stop."""
    with watched_page(chromium) as page:
        yield page


@pytest.fixture(scope="module")
def open_page(chromium: Any) -> Iterator[Any]:
    """One page for all tests of a file, on a laptop. A refused change and a server's end are no complaints."""
    with watched_page(chromium, "status of 400", "status of 409", "net::ERR_") as page:
        page.set_viewport_size({"width": 1280, "height": 720})
        yield page


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    with watched_page(chromium) as page:
        yield page


@contextmanager
def watched_page(chromium: Any, *harmless: str) -> Iterator[Any]:
    """A page that reports only harmless words on its console, opens no dialog and asks no stranger for anything."""
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda said: said.type == "error" and complaints.append(f"{said.text} {said.location}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda request: complaints.append(request.url) if is_strange(request.url) else None)
    yield page
    page.close()
    assert [told for told in complaints if not any(word in told for word in (*HARMLESS, *harmless))] == []


def is_strange(url: str) -> bool:
    """Whether it leads off this machine."""
    return urlsplit(url).scheme in ("http", "https", "ws", "wss") and urlsplit(url).hostname not in (
        "127.0.0.1",
        "localhost",
    )


@pytest.fixture(scope="module")
def tensorboard(chromium: Any) -> Iterator[Callable[[Path], str]]:
    """Starts TensorBoard on a folder and gives its address, until the end of a file. Skips without a browser."""
    running = []

    def start(folder: Path) -> str:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(folder), "--port", str(port)]
        options = ["--host", "127.0.0.1", "--reload_interval", "1", "--samples_per_plugin", MAX_SAMPLES]
        running.append(subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL))
        return f"http://127.0.0.1:{port}/"

    yield start
    for server in running:
        server.terminate()
        server.wait()


@pytest.fixture(scope="session")
def wait_for_index() -> Callable[[str, Callable[[Any], bool]], Any]:
    """Asks the Neurons tab what it has until that is enough: TensorBoard takes its time to read."""

    def wait(url: str, enough: Callable[[Any], bool]) -> Any:
        found: Any = None
        for _ in range(300):
            try:
                with urlopen(f"{url}data/plugin/torchdemos/index") as answer:
                    found = json.load(answer)
                if enough(found):
                    return found
            except URLError:
                pass
            time.sleep(0.2)
        raise TimeoutError(f"TensorBoard at {url} has not read the log; it has {found}")

    return wait

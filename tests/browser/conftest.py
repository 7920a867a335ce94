"""A real Chromium, and TensorBoards for it to look at."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from answer_tab import wait_for_runs
from patience import WAIT, until

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
    page.set_default_timeout(WAIT)
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
def tensorboard(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """Starts TensorBoard on a folder, waits until it has read that, and gives its address, until the end of a file.

    Skips without a browser.
    """
    running = []

    def start(folder: Path) -> str:
        notes = tmp_path_factory.mktemp("tensorboard") / "notes"
        command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(folder), "--port", "0"]
        options = ["--host", "127.0.0.1", "--reload_interval", "1", "--samples_per_plugin", MAX_SAMPLES]
        with notes.open("w") as told:
            running.append(subprocess.Popen([*command, *options], stderr=told))
        until(lambda: "Press CTRL+C" in notes.read_text(), every=0.1)
        url = re.findall(r"http://127.0.0.1:\d+/", notes.read_text())[-1]
        wait_for_runs(url, folder)
        return url

    yield start
    for server in running:
        server.terminate()
        server.wait()

"""Screenshots of a finished log: an answer, the Neurons view, the gradient view, and a report.

Needs the extra `browser` and a Chromium that is installed already.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from torchdemos import report

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZE = {"width": 1440, "height": 810}
PATIENCE = 60_000  # milliseconds for TensorBoard to read a log


def take(folder: Path, into: Path) -> None:
    """Every screenshot of README and the pages, from the folder of a run of all five demos."""
    with chromium() as browser:
        with _tensorboard(folder / "learning_rate") as url:
            _answer(browser, url, into / "answer.png")
        with _tensorboard(folder / "neurons") as url:
            _neurons(browser, url, into / "neurons_tab.png")
        with _tensorboard(folder / "gradient_flow") as url:
            _gradients(browser, url, into / "gradient_view.png")
        _report(browser, folder / "gradient_flow", into / "report.png")


def _answer(browser: Any, url: str, path: Path) -> None:
    """The valley, once its motion is over."""
    page, _ = _tab(browser, url, "Answer", ".hero svg")
    page.wait_for_timeout(8000)
    page.screenshot(path=path, clip={"x": 0, "y": 0, "width": SIZE["width"], "height": 720})


def _neurons(browser: Any, url: str, path: Path) -> None:
    """A three in the convolutional network, and how one of its neurons is made."""
    page, tab = _tab(browser, url, "Neurons")
    tab.click("[aria-label='digit 3']")
    page.wait_for_timeout(1000)
    page.screenshot(path=path)


def _gradients(browser: Any, url: str, path: Path) -> None:
    """A gradient that vanishes beside one that flows and one that explodes."""
    page, tab = _tab(browser, url, "Gradient flow")
    tab.wait_for_selector(".heatmap h3:has-text('2_explode')")
    page.wait_for_timeout(1000)
    page.screenshot(path=path, clip={"x": 0, "y": 0, "width": SIZE["width"], "height": 730})


def _report(browser: Any, folder: Path, path: Path) -> None:
    page = browser.new_page(viewport=SIZE, reduced_motion="reduce")  # as it is when all motion has ended
    page.set_content(report(folder).html)
    page.wait_for_selector("canvas[data-drawn]", state="attached", timeout=PATIENCE)
    page.wait_for_timeout(1000)
    page.screenshot(path=path)


def _tab(browser: Any, url: str, view: str, drawn: str = "canvas[data-drawn]") -> tuple[Any, Any]:
    """A view of the tab of a TensorBoard, once it has drawn."""
    page = browser.new_page(viewport=SIZE)
    page.goto(url)
    frame = page.wait_for_selector("iframe", timeout=PATIENCE).content_frame()
    frame.click(f"[role='tab']:has-text('{view}')", timeout=PATIENCE)
    frame.wait_for_selector(drawn, timeout=PATIENCE)
    return page, frame


@contextmanager
def chromium() -> Iterator[Any]:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise SystemExit("screenshots need a Chromium: install one, for example with apt-get install chromium")
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@contextmanager
def _tensorboard(folder: Path) -> Iterator[str]:
    """The address that `torchdemos open` prints."""
    command = [sys.executable, "-m", "torchdemos", "open", str(folder), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8"
    ) as server:
        try:
            assert server.stdout is not None
            yield next(found[0] for line in server.stdout if (found := re.search(r"http://\S+", line)))
        finally:
            server.terminate()

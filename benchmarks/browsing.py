"""A page of `torchdemos live` in a real Chromium: what it has drawn and when, and a hand on its dial."""

import math
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZE = {"width": 1280, "height": 720}
PATIENCE = 60.0  # seconds
MOVES, MOVE_SECONDS = 12, 1 / 60  # of a drag
ENDS = 28  # pixels of the ruler that only the knob reaches
TICKS = os.sysconf("SC_CLK_TCK")
# Notes the moments of frames in which neurons are drawn, and of pointers that move the dial, as seconds since 1970.
# The moment of an event is that at which the browser had it, however late the page has time for it.
NOTES = """
    const seconds = (milliseconds) => (performance.timeOrigin + milliseconds) / 1000;
    window.drawn = new Set();
    window.moved = [];
    const draw = CanvasRenderingContext2D.prototype.drawImage;
    CanvasRenderingContext2D.prototype.drawImage = function (...given) {
        if (this.canvas.closest?.(".live-network")) drawn.add(seconds(document.timeline.currentTime));
        return draw.apply(this, given);
    };
    for (const kind of ["pointerdown", "pointermove"])
        addEventListener(kind, (event) => event.buttons && moved.push(seconds(event.timeStamp)), true);
"""


@contextmanager
def chromium() -> Iterator[Any]:
    """Raises `RuntimeError` in a sentence if there is none."""
    from playwright.sync_api import sync_playwright

    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise RuntimeError("there is no Chromium on this machine")
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@contextmanager
def visited(browser: Any, address: str) -> Iterator[Any]:
    """The page at this address, once it shows neurons."""
    page = browser.new_page(viewport=SIZE)
    page.add_init_script(NOTES)
    page.goto(address)
    until(page, "drawn.size > 0")
    yield page
    page.close()


def until(page: Any, expression: str) -> None:
    """Wait until this is so. The page's own policy forbids Playwright to wait inside it."""
    end = time.monotonic() + PATIENCE
    while not page.evaluate(expression):
        if time.monotonic() > end:
            raise TimeoutError(f"it never came that {expression}")
        page.wait_for_timeout(20)


def frames_per_second(page: Any, seconds: float) -> float:
    """In how many frames a second the page draws neurons."""
    count, began = page.evaluate("[drawn.size, performance.now()]")
    page.wait_for_timeout(1000 * seconds)
    after, ended = page.evaluate("[drawn.size, performance.now()]")
    return float(1000 * (after - count) / (ended - began))


def choose(page: Any, **settings: int) -> None:
    """Type whole numbers into the controls of these names, and wait for the network that has them."""
    for name, value in settings.items():
        page.locator(f"[data-name={name}] input").fill(str(value))
        page.keyboard.press("Enter")
    until(page, f"document.querySelectorAll('.live-network canvas').length >= {settings['depth']}")


def click(page: Any, rate: float) -> tuple[float, float]:
    """Click the ruler where this learning rate lies; return when that was, and the rate that the page asked for."""
    page.mouse.click(*_place(page, rate))
    return _asked(page)


def drag(page: Any, rate: float) -> tuple[float, float]:
    """Drag the knob there at the pace of a screen; return when its last move was, and the rate that was asked for."""
    knob, there = page.locator(".knob").bounding_box(), _place(page, rate)
    page.mouse.move(x := knob["x"] + knob["width"] / 2, there[1])
    page.mouse.down()
    for move in range(1, MOVES + 1):
        page.wait_for_timeout(1000 * MOVE_SECONDS)
        page.mouse.move(x + (there[0] - x) * move / MOVES, there[1])
    found = _asked(page)
    page.mouse.up()
    return found


def mark(page: Any) -> float:
    """The learning rate of the mark, of which the page shows four figures."""
    page.wait_for_selector(".zone.exact", state="attached", timeout=1000 * PATIENCE)
    return float(re.search(r"= ([\d.e-]+)", page.inner_text(".marked span"))[1])


def _asked(page: Any) -> tuple[float, float]:
    moment, rate = page.evaluate("[moved.at(-1), document.querySelector('.track-box').getAttribute('aria-valuenow')]")
    return moment, float(rate)


def _place(page: Any, rate: float) -> tuple[float, float]:
    box = page.locator(".track-box").bounding_box()
    low, high = (float(page.get_attribute(".track-box", f"aria-value{end}")) for end in ("min", "max"))
    part = math.log(rate / low) / math.log(high / low)
    return box["x"] + ENDS / 2 + part * (box["width"] - ENDS), box["y"] + 44


def cpu_seconds() -> float:
    """CPU time of all processes that this one has started, and that those have; 0 where the system does not tell."""
    parents, seconds = {}, {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        parents[int(file.parent.name)] = int(fields[1])
        seconds[int(file.parent.name)] = (int(fields[11]) + int(fields[12])) / TICKS
    return sum(seconds[process] for process in parents if os.getpid() in _ancestors(process, parents))


def _ancestors(process: int, parents: dict[int, int]) -> Iterator[int]:
    while (process := parents.get(process, 0)) > 0:
        yield process

"""The Answer tab in a browser: a TensorBoard that has a page, the frame that shows it, and where things end in it."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from torchdemos.board import Board
from torchdemos.log import answers

WAIT = 20_000  # milliseconds: the machine may be busy


def write(folder: Path, page: answers.Page) -> Path:
    """A log of nothing but this page."""
    with Board(folder) as board:
        board.log(0, blobs={answers.TAG: [answers.pack(page)]})
    return folder


def served(folder: Path, tensorboard: Callable[[Path], str]) -> str:
    """The address of a TensorBoard that has read the page."""
    url = tensorboard(folder)
    for _ in range(300):
        try:
            with urlopen(f"{url}data/plugin/torchdemos/answers") as found:
                if json.load(found):
                    return url
        except URLError:
            pass
        time.sleep(0.2)
    raise TimeoutError(f"TensorBoard at {url} has no answer")


def frame_with(page: Any, url: str, picture: str, motion: str) -> Any:
    """The frame of the tab with its picture, for a reader who wants motion or `reduce`s it."""
    page.emulate_media(reduced_motion=motion)
    frame = opened(page, url)
    frame.wait_for_selector(picture, state="attached", timeout=WAIT)
    return frame


def opened(page: Any, url: str) -> Any:
    """The frame of the tab as it begins. TensorBoard takes seconds to start: where it is there, only the tab starts."""
    is_there = page.url.startswith(url)
    if not is_there:
        page.goto(f"{url}#torchdemos")
    frame = page.wait_for_selector("iframe", timeout=WAIT).content_frame()
    if is_there:
        page.mouse.move(0, 0)
        frame.goto(frame.url)
    return frame


def bottom(frame: Any, selector: str) -> float:
    """In pixels of the screen."""
    box = frame.locator(selector).first.bounding_box()
    return float(box["y"] + box["height"])

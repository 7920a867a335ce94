"""The Answer tab in a browser: a TensorBoard that has a page, the frame that shows it, and where things end in it."""

import json
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from neuron_logs import runs_in
from patience import SECONDS, WAIT, until

from torchdemos.board import Board
from torchdemos.log import answers


def write(folder: Path, page: answers.Page) -> Path:
    """A log of nothing but this page."""
    with Board(folder) as board:
        board.log(0, blobs={answers.TAG: [answers.pack(page)]})
    return folder


def wait_for_runs(url: str, folder: Path) -> None:
    """Wait until TensorBoard has read every run of the folder."""
    runs = runs_in(folder)

    def has_read() -> bool:
        with urlopen(f"{url}data/runs", timeout=SECONDS) as found:
            return runs <= set(json.load(found))

    until(has_read, every=0.1)


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


def record(page: Any, shown: str) -> None:
    """Have the tab keep in `seen` whatever this expression becomes: motion may be over before anybody looks."""
    page.add_init_script(f"""{{
      window.seen = [];
      const look = () => {{
        try {{
          const now = {shown};
          if (now !== seen.at(-1)) seen.push(now);
        }} catch {{}} // there is no picture yet
        requestAnimationFrame(look);
      }};
      look();
    }}""")


def bottom(frame: Any, selector: str) -> float:
    """In pixels of the screen, even of what is drawn anew meanwhile."""
    inside = frame.evaluate("(selector) => document.querySelector(selector).getBoundingClientRect().bottom", selector)
    return float(inside + frame.frame_element().bounding_box()["y"])


def wait_until_above(frame: Any, selector: str, height: int) -> None:
    """Wait until this ends above the end of a screen: pictures are drawn anew for another width."""
    until(lambda: bottom(frame, selector) <= height, every=0.1)

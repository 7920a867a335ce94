"""Make the recording that opens README: a hand drags the learning rate over the mark, in the page of `torchdemos live`.

`python docs/make_recording.py` takes half a minute. It needs the extra `browser` and an installed Chromium.
"""

import base64
import io
import math
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import screenshots
from PIL import Image

FILE = Path(__file__).parent / "live.webp"
SIZE = {"width": 1280, "height": 720}  # of the page
SHOWN = (960, 540)  # of the recording
FRAME_SECONDS = 0.125
BEGIN, BEYOND, BACK = 0.2, 1.2, 0.75  # multiples of the mark
BEGIN_MS, DRAG_MS, END_MS = 1000, 1000, 4000
DRAG_MOVES = 12
HIGH_LOSS = 30
ENDS = 28  # pixels of the ruler that only the knob reaches
QUALITY = 60
# A headless browser shows no pointer.
HAND = """() => {
    const hand = document.createElement("div");
    Object.assign(hand.style, {position: "fixed", width: "16px", height: "16px", borderRadius: "50%", zIndex: 99,
        background: "#0005", border: "2px solid #fff", pointerEvents: "none", transform: "translate(-50%, -50%)"});
    const follow = ({clientX, clientY}) => Object.assign(hand.style, {left: `${clientX}px`, top: `${clientY}px`});
    addEventListener("pointermove", follow, true);
    document.body.append(hand);
}"""


def record() -> list[Image.Image]:
    """Pictures of the page at even distances in time, while the learning rate is dragged."""
    with _live() as address, screenshots.chromium() as browser:
        page = browser.new_page(viewport=SIZE)
        page.goto(address)
        page.wait_for_selector(".zone.exact", state="attached")
        page.evaluate(HAND)
        place = _places(page)
        page.mouse.move(*place(BEGIN))
        page.mouse.down()
        with _filmed(page) as pictures:
            page.wait_for_timeout(BEGIN_MS)
            _drag(page, place, BEGIN, BEYOND)
            page.wait_for_function(f"() => Number(document.querySelector('.live-loss b').textContent) > {HIGH_LOSS}")
            _drag(page, place, BEYOND, BACK)
            page.wait_for_timeout(END_MS)
    return _evenly(pictures)


def _drag(page: Any, place: Callable[[float], tuple[float, float]], before: float, after: float) -> None:
    """By even factors, as the ruler is logarithmic."""
    for i in range(1, DRAG_MOVES + 1):
        page.mouse.move(*place(before * (after / before) ** (i / DRAG_MOVES)))
        page.wait_for_timeout(DRAG_MS / DRAG_MOVES)


def _places(page: Any) -> Callable[[float], tuple[float, float]]:
    """Where a multiple of the mark lies on the screen."""
    box = page.locator(".track-box").bounding_box()
    low, high = (float(page.get_attribute(".track-box", f"aria-value{end}")) for end in ("min", "max"))
    mark = page.locator(".zone .at").bounding_box()["x"]
    decade = (box["width"] - ENDS) / math.log10(high / low)
    return lambda multiple: (mark + decade * math.log10(multiple), box["y"] + box["height"] / 2)


@contextmanager
def _filmed(page: Any) -> Iterator[list[tuple[float, bytes]]]:
    """What the browser shows, with the seconds at which it does."""
    taken: list[tuple[float, bytes]] = []
    camera = page.context.new_cdp_session(page)

    def take(frame: dict[str, Any]) -> None:
        taken.append((frame["metadata"]["timestamp"], base64.b64decode(frame["data"])))
        camera.send("Page.screencastFrameAck", {"sessionId": frame["sessionId"]})

    camera.on("Page.screencastFrame", take)
    camera.send("Page.startScreencast", {"format": "jpeg", "quality": 92, "everyNthFrame": 2})
    yield taken
    camera.send("Page.stopScreencast")


def _evenly(taken: list[tuple[float, bytes]]) -> list[Image.Image]:
    """At each moment of the recording the latest picture before it."""
    begin, end = taken[0][0], taken[-1][0]
    moments = [begin + FRAME_SECONDS * i for i in range(int((end - begin) / FRAME_SECONDS))]
    latest = [max(picture for picture in taken if picture[0] <= moment)[1] for moment in moments]
    return [Image.open(io.BytesIO(jpeg)).convert("RGB").resize(SHOWN, Image.Resampling.LANCZOS) for jpeg in latest]


@contextmanager
def _live() -> Iterator[str]:
    """The address that `torchdemos live` prints."""
    with TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "torchdemos",
            "live",
            "--no-browser",
            "--port",
            "0",
            "--log-dir",
            f"{folder}/live",
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as program:
            try:
                assert program.stdout is not None
                yield next(found[0] for line in program.stdout if (found := re.search(r"http://\S+", line)))
            finally:
                program.terminate()


def main() -> None:
    first, *others = record()
    first.save(
        FILE, save_all=True, append_images=others, duration=int(1000 * FRAME_SECONDS), loop=0, quality=QUALITY, method=6
    )
    print(f"{FILE}: {1 + len(others)} pictures, {FILE.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

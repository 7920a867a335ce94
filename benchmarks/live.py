"""A training that is touched while it runs: how soon it answers, how alive its page is, and what that costs.

Needs the extra `browser` and a Chromium that is installed already.
"""

import math
import os
import random
import statistics
import time
from collections.abc import Mapping
from typing import Any

import alive
import browsing
import fresh
import tables
import touched
from settings import Settings
from timing import quartiles

SPEEDS = ("slow", "normal", "fast")
SCENES = {"opening": {}, "2 x 32": {"width": 32, "depth": 2}, "30 x 100": {"width": 100, "depth": 30}}
TOUCHES, DRAGS, STARTS = 60, 20, 5
WARM = 5  # steps: before the first PyTorch imports its compiler, and loops are compiled
BESIDE_MARK, FALLING, RISES_WITHIN = (0.995, 1.005), 60, 400  # of the mark; steps
WATCHED_SECONDS = 10.0  # of drawn frames
TITLE = "Live: a training that is touched"
ABOUT = f"""In a headless Chromium on the same machine, with real pointer events on the page that `torchdemos live`
serves. A touch is a click on the ruler or a drag of the knob; it is answered at the begin of the first step with the
new learning rate. Frames are those in which the page draws neurons, at speed normal. Time is that of training with
`watch` in the same process, median of interleaved rounds and quartiles, at speed fast and with the loss told; "watch
again" is the resolution. The start is from the begin of the process to the first drawn neurons, in a browser that runs
already. Beside the mark, the knob is dragged to {BESIDE_MARK[0]} and {BESIDE_MARK[1]} times 2/lambda in turn, from the
start of a training on; below it the loss is to fall in each of {FALLING} steps, and beyond it to rise within
{RISES_WITHIN}."""


def subjects() -> list[str]:
    return [
        *(f"touch at {speed}" for speed in SPEEDS), *(f"frames of {scene}" for scene in SCENES),
        *(f"time of {name}" for name in alive.LOOPS), "start", "mark",
    ]  # fmt: skip


def measure(subject: str, settings: Settings) -> dict[str, Any]:
    load = os.getloadavg()[0]
    kind, _, of = subject.replace(" at ", " of ").partition(" of ")
    if kind == "time":
        return {"load": load, **fresh.call("alive", "contest", settings.threads, of, settings.rounds)}
    with browsing.chromium() as browser:
        return {"load": load, **MEASURES[kind](browser, of)}


def touch(browser: Any, speed: str) -> dict[str, Any]:
    """Seconds from each touch to the first step with its learning rate."""
    chance, seconds = random.Random(0), []
    with touched.started("--speed", speed) as live, browsing.visited(browser, live.address) as page:
        live.losses(0, WARM)
        for i in range(TOUCHES):
            page.wait_for_timeout(1000 * chance.uniform(0.1, 0.5))  # the training is anywhere in a step
            rate = math.exp(chance.uniform(math.log(1e-3), math.log(4e-2)))
            moment, asked = (browsing.drag if i % 2 else browsing.click)(page, rate)
            seconds.append(live.first_with(asked, moment).began - moment)
    return {"seconds": seconds}


def frames(browser: Any, scene: str) -> dict[str, Any]:
    with touched.started() as live, browsing.visited(browser, live.address) as page:
        if SCENES[scene]:
            browsing.choose(page, **SCENES[scene])
        page.wait_for_timeout(2000)
        per_second = browsing.frames_per_second(page, WATCHED_SECONDS)
        return {"per_second": per_second, "steps": live.steps_per_second(WATCHED_SECONDS)}


def start(browser: Any, _: str) -> dict[str, Any]:
    """Seconds from the begin of the process to the first picture, and to the first steps."""
    found = [_start(browser) for _ in range(STARTS)]
    return {"picture": [picture for picture, _ in found], "steps": [steps for _, steps in found]}


def _start(browser: Any) -> tuple[float, float]:
    began = time.time()
    with touched.started() as live, browsing.visited(browser, live.address) as page:
        live.losses(0, WARM)
        return page.evaluate("Math.min(...drawn)") - began, live.steps[WARM - 1].began - began


def mark(browser: Any, _: str) -> dict[str, Any]:
    """Whether the loss turns as theory says, and the multiples of the mark that the hand has reached."""
    turned, multiples = [], []
    with touched.started() as live, browsing.visited(browser, live.address) as page:
        at = browsing.mark(page)
        browsing.drag(page, at * BESIDE_MARK[0])
        page.click("button[aria-label^='back to the start']")
        for i in range(DRAGS):
            moment, asked = browsing.drag(page, at * BESIDE_MARK[i % 2])
            turned.append(_turns(live, live.first_with(asked, moment).number, rises=i % 2 == 1))
            multiples.append(asked / at)
    return {"turned": turned, "multiples": multiples}


def _turns(live: touched.Live, first: int, rises: bool) -> bool:
    """Whether the loss rises above that of this step within so many, or falls in each."""
    if not rises:
        losses = live.losses(first, FALLING)
        return losses == sorted(losses, reverse=True)
    return any(live.losses(first, count)[-1] > live.losses(first, 1)[0] for count in range(2, RISES_WITHIN + 1))


MEASURES = {"touch": touch, "frames": frames, "start": start, "mark": mark}


def page(found: Mapping[str, dict[str, Any]]) -> str:
    rows = [row for subject, part in found.items() for row in _rows(subject, part)]
    return tables.table(("what", "measured", "reach", "load before"), rows)


def _rows(subject: str, part: dict[str, Any]) -> list[list[str]]:
    kind, _, of = subject.replace(" at ", " of ").partition(" of ")
    load = f"{part['load']:.1f}"
    if kind == "touch":
        middle, high = statistics.median(part["seconds"]), statistics.quantiles(part["seconds"], n=20)[-1]
        measured, reach = f"{1e3 * middle:.0f} ms, 95%: {1e3 * high:.0f} ms", "100 ms, 95%: 250 ms"
        return [[f"from the touch to the step, {of}", measured, reach, load]]
    if kind == "frames":
        measured = f"{part['per_second']:.1f} at {part['steps']:.0f} steps a second"
        return [[f"frames a second, {of}", measured, "10", load]]
    if kind == "time":
        reaches = {"again": "", "nobody": "1.02", "page": "1.15"}
        return [
            [f"time, {alive.LOOPS[of]}, {alive.TITLES[name]}", tables.spread(*part[name]), reach, load]
            for name, reach in reaches.items()
        ]
    if kind == "start":
        picture, steps = (f"{tables.spread(*quartiles(part[name]))} s" for name in ("picture", "steps"))
        return [["from the command to the picture", picture, "3 s", load], ["and to the fifth step", steps, "", load]]
    turned = f"{sum(part['turned'])} of {len(part['turned'])}"
    return [["drags beside the mark that turn the loss", turned, "all", load]]

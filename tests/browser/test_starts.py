"""How weights start, as its reader sees it: the first screen, the slider, the pictures, the line of exactly 0."""

import base64
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from answer_tab import bottom, frame_with, record, wait_until_above, write
from patience import WAIT

from torchdemos import pictures
from torchdemos.log import answers

STEPS = (0, 50, 200)
RIGHT = {"equal": ("8.7 %", "17.9 %", "23.7 %"), "random": ("9.9 %", "80.7 %", "86.7 %")}
SIGNAL = {"zero": 0.0, "constant": 1.2, "small": 0.5, "large": 2.0, "he": 1.0}
WEIGHTS = torch.randint(-127, 128, (5, 784), generator=torch.Generator().manual_seed(0)).char()
AT_THE_END = "document.querySelector('.starts output').textContent === 'step 200'"
PIXELS = "(canvas) => Array.from(canvas.getContext('2d').getImageData(0, 0, 28, 28).data)"
PLACES = "(texts) => Object.fromEntries(texts.map((text) => [text.textContent, Number(text.getAttribute('y'))]))"
HEIGHTS = "(dots) => dots.map((dot) => Number(dot.getAttribute('cy')))"


def column(title: str, distinct: int) -> dict[str, Any]:
    packed = base64.b64encode(WEIGHTS.numpy().tobytes()).decode()
    rows = [
        {"step": step, "right": right, "distinct": distinct, "scale": 0.5, "weights": packed}
        for step, right in zip(STEPS, RIGHT[title], strict=True)
    ]
    return {"title": title, "condition": "all alike", "lesson": "A lesson in five words.", "neurons": 36, "rows": rows}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, tensorboard: Callable[[Path], str]) -> str:
    curves = [
        {
            "name": name,
            "factor": None,
            "colour": "var(--red)",
            "points": [[i + 1, size**i * bool(size)] for i in range(10)],
        }
        for name, size in SIGNAL.items()
    ]
    columns = [column("equal", 1), column("random", 36)]
    page: answers.Page = {
        "question": "How are weights initialized? Randomly, and at a scale that carries a signal through the depth.",
        "answer": "With random numbers of the right size. **Equal** neurons stay one neuron. " * 3,
        "hero": {"kind": "starts", "columns": columns, "signal": curves, "about": "Weights into five neurons:"},
        "cards": [],
        "claims": [],
    }
    return tensorboard(write(tmp_path_factory.mktemp("starts") / "run", page))


def opened(page: Any, url: str, motion: str) -> Any:
    """The frame of the tab with the picture in it, for a reader who wants motion or `reduce`s it."""
    return frame_with(page, url, ".starts .signal svg", motion)


@pytest.fixture(scope="module")
def still(shared_page: Any, url: str) -> Any:
    return opened(shared_page, url, "reduce")


@pytest.fixture
def frame(still: Any, shared_page: Any) -> Iterator[Any]:
    """The tab at its end, on a laptop."""
    shared_page.set_viewport_size({"width": 1280, "height": 720})
    still.locator(".starts input[type=range]").press("End")
    yield still


def said(frame: Any) -> tuple[str, list[str]]:
    """The step of the slider, and the accuracies that the two columns tell."""
    return frame.locator(".starts output").inner_text(), frame.locator(".lesson b:nth-of-type(2)").all_inner_texts()


def later(frame: Any) -> int:
    """The number of rows that are faint, because their step is yet to come."""
    return int(frame.locator(".weights.later").count())


def fits_the_width(frame: Any) -> bool:
    return bool(frame.wait_for_function("document.documentElement.scrollWidth <= innerWidth", timeout=WAIT))


def test_less_motion_shows_the_end_at_once(still: Any) -> None:
    assert said(still) == ("step 200", ["23.7 %", "86.7 %"]) and later(still) == 0


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1440, 900)])
def test_question_answer_and_picture_are_on_the_first_screen(
    frame: Any, shared_page: Any, width: int, height: int
) -> None:
    shared_page.set_viewport_size({"width": width, "height": height})
    wait_until_above(frame, ".hero", height)
    assert bottom(frame, "h1") < bottom(frame, ".said") < bottom(frame, ".hero")
    assert fits_the_width(frame)


def test_a_phone_shows_the_equal_start_first_and_scrolls_in_one_direction_only(frame: Any, shared_page: Any) -> None:
    shared_page.set_viewport_size({"width": 390, "height": 844})
    frame.wait_for_function("document.querySelector('.start').getBoundingClientRect().width < 390", timeout=WAIT)
    wait_until_above(frame, ".start .lesson", 844)
    assert bottom(frame, ".said") < bottom(frame, ".start .lesson")
    assert fits_the_width(frame)
    one, other = (frame.locator(".start").nth(i).bounding_box() for i in range(2))
    assert other["y"] > one["y"] + one["height"] and one["width"] == other["width"] > 340


def test_arrow_keys_and_drags_lead_to_the_numbers_of_a_step(frame: Any, shared_page: Any) -> None:
    slider = frame.locator(".starts input[type=range]")
    slider.press("ArrowLeft")
    assert said(frame) == ("step 50", ["17.9 %", "80.7 %"]) and later(frame) == 2
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    shared_page.mouse.move(box["x"] + box["width"] / 2, y)
    shared_page.mouse.down()
    shared_page.mouse.move(box["x"] + 3, y, steps=4)
    assert said(frame) == ("step 0", ["8.7 %", "9.9 %"]) and later(frame) == 4
    shared_page.mouse.up()
    assert slider.get_attribute("aria-valuetext") == "step 0"
    assert "1 different neuron among 36" in frame.locator(".lesson").first.inner_text()


def test_every_weight_has_the_colour_that_pictures_give_it(frame: Any) -> None:
    tiles = frame.locator(".weights canvas")
    drawn = torch.tensor(tiles.nth(4).evaluate(PIXELS)).view(28, 28, 4)[..., :3].movedim(2, 0)
    expected = 255 * pictures.signed(WEIGHTS[4].view(28, 28).float(), 127.0)
    assert tiles.count() == 30 and float((drawn - expected).abs().max()) <= 1


def test_no_signal_lies_on_the_line_of_zero_and_every_start_is_named(frame: Any) -> None:
    places = frame.locator(".signal text").evaluate_all(PLACES)
    assert set(SIGNAL) < set(places)
    assert places["large"] < places["constant"] < places["he"] < places["small"] < places["zero"] == places["0"]
    decade = (places["1"] - places["100"]) / 2
    heights = frame.locator(".signal circle[r='2.5']").evaluate_all(HEIGHTS)
    zero, large = heights[:10], heights[30:40]
    assert zero == [places["zero"] - 4] * 10  # letters stand below the middle of a line
    assert large[0] - large[9] == pytest.approx(9 * math.log10(2) * decade, abs=0.01)


def test_motion_plays_once_and_stops_for_the_reader(page: Any, url: str) -> None:
    page.clock.install()
    record(page, "document.querySelectorAll('.weights.later').length")
    frame = opened(page, url, "no-preference")
    frame.wait_for_function(AT_THE_END, timeout=WAIT)
    frame.evaluate("seen.length = 0")
    frame.locator("button:has-text('training')").click()
    frame.wait_for_function("seen.some((later) => later > 0)", timeout=WAIT)
    frame.wait_for_function(AT_THE_END, timeout=WAIT)
    page.clock.fast_forward(1200)
    assert said(frame) == ("step 200", ["23.7 %", "86.7 %"])
    frame.locator("button:has-text('training')").click()
    frame.locator(".starts input[type=range]").press("Home")
    page.clock.fast_forward(3500)
    assert said(frame) == ("step 0", ["8.7 %", "9.9 %"])

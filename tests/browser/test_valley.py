"""The valley of the learning rate, as its reader sees it: the first screen, the slider, the exact numbers."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from answer_tab import bottom, frame_with, record, wait_until_above, write
from patience import WAIT

from torchdemos.lab.demos.learning_rate_valley import ZONES
from torchdemos.log import answers

CURVATURE, STEPS = 40.0, 13
WALL = 2 / CURVATURE
BALLS = {"0.001 crawls": 0.02, "0.025 good": 0.5, "0.0495 jumps": 0.99, "0.0525 diverges": 1.05}
COLOURS = ("var(--blue)", "var(--green)", "var(--pink)", "var(--red)")
SLIDER = ".valley input[type=range]"
POWERS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹\N{MINUS SIGN}", "-0123456789-")
LARGE_BALLS = "(dots) => dots.map((dot) => [Number(dot.getAttribute('cx')), Number(dot.getAttribute('cy'))])"

RING_AND_BALLS = f"""() => ['12', '8'].map((r) => [...document.querySelectorAll(`.valley-slope circle[r='${{r}}']`)])
    .map({LARGE_BALLS})"""  # at once, because a picture that is resized is drawn anew


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, tensorboard: Callable[[Path], str]) -> str:
    balls = [
        {
            **{"name": name.split()[0], "multiple": multiple, "colour": colour},
            "measured": [(1 - 2 * multiple) ** step for step in range(STEPS + 1)],
        }
        for (name, multiple), colour in zip(BALLS.items(), COLOURS, strict=True)
    ]
    hero = {"kind": "valley", "wall": WALL, "wall_name": "0.05", "curvature": CURVATURE, "steps": STEPS}
    page: answers.Page = {
        "question": "What does the learning rate do?",
        "answer": "It is the step size. Above **0.05** every step lands higher on the other side. " * 3,
        "hero": {**hero, "own": 0.25, "end": 1.25, "balls": balls, "zones": [zone._asdict() for zone in ZONES]},
        "cards": [],
        "claims": [],
    }
    return tensorboard(write(tmp_path_factory.mktemp("valley") / "run", page))


def opened(page: Any, url: str, motion: str) -> Any:
    """The frame of the tab with the picture in it, for a reader who wants motion or `reduce`s it."""
    return frame_with(page, url, ".valley-ruler svg", motion)


@pytest.fixture(scope="module")
def still(shared_page: Any, url: str) -> Any:
    return opened(shared_page, url, "reduce")


@pytest.fixture
def frame(still: Any, shared_page: Any) -> Iterator[Any]:
    """The tab at its end, on a laptop, before the reader has touched it."""
    shared_page.set_viewport_size({"width": 1280, "height": 720})
    yield still


def numbers(frame: Any) -> list[float]:
    """In bold: the learning rate, what a step leaves of the distance, and what all steps leave of the loss."""
    bold = frame.locator(".valley-said b").all_inner_texts()
    return [float(re.sub(r"·10", "e", text.translate(POWERS))) for text in bold]


def exact(multiple: float) -> list[float]:
    rate = multiple * WALL
    return [rate, 1 - rate * CURVATURE, (1 - rate * CURVATURE) ** (2 * STEPS)]


def balls(frame: Any) -> list[list[float]]:
    return list(frame.locator(".valley-slope circle[r='8']").evaluate_all(LARGE_BALLS))


def names(frame: Any, part: str) -> list[str]:
    return [text.replace("●", "").strip() for text in frame.locator(f"{part} text.halo").all_text_contents()]


def test_less_motion_shows_the_end_at_once(frame: Any) -> None:
    (ring,), (crawls, good, jumps) = frame.evaluate(RING_AND_BALLS)  # the fourth has left the picture
    middle = (good[0], good[1])
    assert (ring[0] - middle[0]) * 0.96**STEPS == pytest.approx(crawls[0] - middle[0], abs=0.1)
    assert (ring[0] - middle[0]) * -(0.98**STEPS) == pytest.approx(jumps[0] - middle[0], abs=0.1)
    assert (ring[1] - middle[1]) * 0.96 ** (2 * STEPS) == pytest.approx(crawls[1] - middle[1], abs=0.1)


@pytest.mark.parametrize("part", [".valley-slope", ".valley-loss"])
def test_every_learning_rate_has_its_name_in_both_pictures(frame: Any, part: str) -> None:
    assert set(names(frame, part)) - {"2/λ stays at this height"} == set(BALLS)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1440, 900), (390, 844)])
def test_question_answer_and_picture_are_on_the_first_screen(
    frame: Any, shared_page: Any, width: int, height: int
) -> None:
    shared_page.set_viewport_size({"width": width, "height": height})
    frame.wait_for_function(f"document.querySelector('.valley').getBoundingClientRect().width < {width}", timeout=WAIT)
    wait_until_above(frame, ".hero", height)
    assert bottom(frame, "h1") < bottom(frame, ".said") < bottom(frame, ".hero")
    frame.wait_for_function("document.documentElement.scrollWidth <= innerWidth", timeout=WAIT)


def test_dragging_shows_the_exact_numbers_of_that_learning_rate(frame: Any, shared_page: Any) -> None:
    box = frame.locator(SLIDER).bounding_box()
    at, y = (lambda multiple: box["x"] + 11 + multiple / 1.25 * (box["width"] - 22)), box["y"] + box["height"] / 2
    shared_page.mouse.move(at(0.25), y)
    shared_page.mouse.down()
    for multiple in (0.5, 0.9, 1.2):
        shared_page.mouse.move(at(multiple), y, steps=3)
        own = float(frame.locator(SLIDER).input_value())
        assert own == pytest.approx(multiple, abs=0.006)
        assert numbers(frame) == pytest.approx(exact(own), rel=0.006, abs=1e-12)
        assert len(names(frame, ".valley-loss")) == len(BALLS) + 1
    shared_page.mouse.up()
    assert "every step ends higher" in frame.locator(".valley-said").inner_text()


def test_arrow_keys_cross_the_wall(frame: Any) -> None:
    slider = frame.locator(SLIDER)
    slider.evaluate("(slider) => { slider.value = 1.005; }")
    sentences = []
    for _ in range(3):
        slider.press("ArrowLeft")
        sentences.append(frame.locator(".valley-said").inner_text())
    assert "bounces for ever" in sentences[0] and "jumps" in sentences[1] and "jumps" in sentences[2]
    assert numbers(frame) == pytest.approx(exact(0.99), rel=0.006)
    assert slider.get_attribute("aria-valuetext") == sentences[2]


def test_the_knob_stands_on_the_ruler(frame: Any) -> None:
    """The native knob and the drawing under it have one scale: at 1 it hides the wall."""
    frame.locator(SLIDER).fill("1")
    ruler = frame.locator(".valley-ruler svg").bounding_box()
    wall = float(frame.locator(".valley-ruler line").get_attribute("x1"))
    own = frame.locator(".valley-ruler text", has_text="yours").bounding_box()
    assert wall == pytest.approx(11 + (ruler["width"] - 22) / 1.25, abs=0.5)
    assert own["x"] + own["width"] / 2 - ruler["x"] == pytest.approx(wall, abs=1)


def test_the_words_of_the_reader_and_of_the_wall_never_meet(frame: Any) -> None:
    for own in range(0, 126, 5):
        frame.locator(SLIDER).fill(str(own / 100))
        yours, wall = (
            frame.locator(".valley-ruler text", has_text=text).bounding_box() for text in ("yours", "the wall")
        )
        assert yours["y"] + yours["height"] < wall["y"]


def test_the_steps_play_once_from_the_ring_to_the_same_end(page: Any, url: str) -> None:
    record(page, "document.querySelectorAll('.valley-slope circle[r=\"8\"]').length")
    frame = opened(page, url, "no-preference")
    frame.evaluate("() => { seen.length = 0; document.querySelector('.valley button').click(); }")
    frame.wait_for_function("seen.includes(4)", timeout=WAIT)  # the complete picture has begun to move
    dots = 3 * STEPS  # the fourth is at 0 after a step, which a log scale does not have
    frame.wait_for_function(f"document.querySelectorAll('.valley-loss circle').length === {dots}", timeout=WAIT)
    places = balls(frame)
    time.sleep(0.5)
    assert balls(frame) == places and len(places) == 3

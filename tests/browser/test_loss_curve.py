"""What is loss, as its reader sees it: the first screen, the dot that is dragged, the two spellings of one loss."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from answer_tab import bottom, frame_with, record, write
from patience import WAIT

from torchdemos.log import answers

LABEL = 6
PROBABILITIES = [0.01, 0.02, 0.16, 0.01, 0.04, 0.01, 0.72, 0.01, 0.01, 0.01]
RECORDED = PROBABILITIES[LABEL]
PLAYED = f"document.querySelector('.loss-now').textContent === '{-math.log(RECORDED):.3f}'"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, tensorboard: Callable[[Path], str]) -> str:
    digit = {"label": LABEL, "pixels": [255] * 784, "logits": [math.log(p) + 3 for p in PROBABILITIES]}
    measured = [-math.log(RECORDED)] * 2
    page: answers.Page = {
        "question": "What is loss? The distance between prediction and truth: one number in three spellings and words.",
        "answer": "Cross entropy is **-ln p**, so a sure mistake is the more expensive the surer it is. " * 3,
        "hero": {"kind": "loss_curve", "digit": digit, "measured": measured, "when": "after 600 steps"},
        "cards": [],
        "claims": [],
    }
    return tensorboard(write(tmp_path_factory.mktemp("loss") / "run", page))


def opened(page: Any, url: str, width: int = 1280, height: int = 720, motion: str = "reduce") -> Any:
    """The frame of the tab with the picture in it."""
    page.set_viewport_size({"width": width, "height": height})
    return frame_with(page, url, ".loss-now", motion)


def bars(frame: Any) -> list[float]:
    """The ten bars, as shares of the axis from 0 to 1."""
    widths = "[...document.querySelectorAll('.loss-picture .ten')].map((bar) => +bar.getAttribute('width'))"
    axis = "(({x1, x2}) => x2.baseVal.value - x1.baseVal.value)(document.querySelector('.loss-picture .axis'))"
    length = frame.evaluate(axis)
    return [width / length for width in frame.evaluate(widths)]


def shows(frame: Any, p: float) -> None:
    """Fails unless everything that depends on p is right."""
    loss = -math.log(p)
    assert frame.locator(".loss-now").text_content() == f"{loss:.3f}"
    assert f"= {loss:.3f}" in frame.locator(".loss-cost .big").inner_text()
    assert frame.locator(".loss-spellings output").all_inner_texts() == [f"{loss:.4f}"] * 2
    others = (1 - p) / (1 - RECORDED)
    scaled = [p if i == LABEL else one * others for i, one in enumerate(PROBABILITIES)]
    assert bars(frame) == pytest.approx(scaled, abs=1e-4) and sum(bars(frame)) == pytest.approx(1, abs=1e-4)
    pulls = frame.locator(".loss-hero .drawing:not(.loss-picture) .b").all_text_contents()
    assert pulls == [f"{1 - p:.3f}", f"{2 * p * (1 - p) ** 2:.3f}"]  # d(-ln p)/dz and d(1 - p)^2/dz at the right logit
    assert float(frame.locator(".loss-picture").get_attribute("aria-valuenow")) == pytest.approx(p, abs=1e-9)


def place(frame: Any, p: float) -> tuple[float, float]:
    """Where p is on the screen, half-way down the picture."""
    box = frame.locator(".loss-picture").bounding_box()
    axis = frame.locator(".loss-picture .axis").first.bounding_box()
    return axis["x"] + p * axis["width"], box["y"] + box["height"] / 2


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1440, 900)])
def test_question_answer_and_picture_are_on_the_first_screen(
    shared_page: Any, url: str, width: int, height: int
) -> None:
    frame = opened(shared_page, url, width, height)
    assert bottom(frame, "h1") < bottom(frame, ".said") < bottom(frame, ".hero") < height
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_phone_shows_curve_and_bars_first_and_scrolls_in_one_direction_only(shared_page: Any, url: str) -> None:
    frame = opened(shared_page, url, 390, 844)
    assert bottom(frame, ".said") < bottom(frame, ".loss-picture") < 844
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shows(frame, RECORDED)


def test_less_motion_shows_what_was_recorded_at_once(shared_page: Any, url: str) -> None:
    frame = opened(shared_page, url)
    shows(frame, RECORDED)
    assert frame.locator("button[aria-pressed=true]").inner_text() == "recorded"


def test_motion_leads_to_a_sure_mistake_and_back_once(shared_page: Any, url: str) -> None:
    record(shared_page, "document.querySelector('.loss-now').textContent")
    frame = opened(shared_page, url, motion="no-preference")
    for again in (False, True):
        if again:
            frame.evaluate("seen.length = 0")
            frame.locator("button[aria-label='play again']").click()
        frame.wait_for_function("seen.some((loss) => loss > '3.9')", timeout=WAIT)  # -ln 0.02 = 3.912
        frame.wait_for_function(PLAYED, timeout=WAIT)
    frame.wait_for_timeout(1000)
    shows(frame, RECORDED)


def test_the_dragged_dot_shows_the_loss_there(shared_page: Any, url: str) -> None:
    frame = opened(shared_page, url)
    shared_page.mouse.move(*place(frame, RECORDED))
    shared_page.mouse.down()
    for p in (0.7, 0.3, 0.051):
        shared_page.mouse.move(*place(frame, p), steps=3)
        shows(frame, float(frame.locator(".loss-picture").get_attribute("aria-valuenow")))
        assert float(frame.locator(".loss-picture").get_attribute("aria-valuenow")) == pytest.approx(p, abs=1.5e-3)
    shared_page.mouse.move(*place(frame, -0.2))
    shows(frame, 0.01)
    shared_page.mouse.up()
    shared_page.mouse.move(*place(frame, 0.5))
    shows(frame, 0.01)


def test_arrow_keys_lead_to_the_loss_of_0_7(shared_page: Any, url: str) -> None:
    frame = opened(shared_page, url)
    slider = frame.locator(".loss-picture[role=slider]")
    slider.press("ArrowLeft")
    slider.press("ArrowDown")
    shows(frame, 0.7)
    assert slider.get_attribute("aria-valuetext") == "p = 0.700, cross entropy 0.357"
    slider.press("PageDown")
    shows(frame, 0.6)
    slider.press("Home")
    shows(frame, 0.01)


@pytest.mark.parametrize(("name", "p"), [("sure", 0.98), ("guessing", 0.1), ("surely wrong", 0.02)])
def test_each_button_leads_to_its_probability_and_back(shared_page: Any, url: str, name: str, p: float) -> None:
    frame = opened(shared_page, url, motion="no-preference")
    frame.locator(f"button[aria-label='{name}']").click()
    frame.wait_for_function(f"document.querySelector('.loss-now').textContent === '{-math.log(p):.3f}'", timeout=WAIT)
    assert frame.locator("button[aria-pressed=true]").inner_text() == name
    frame.locator("button[aria-label='recorded']").click()
    frame.wait_for_function(PLAYED, timeout=WAIT)
    shows(frame, RECORDED)


def test_a_key_ends_the_motion(shared_page: Any, url: str) -> None:
    shared_page.clock.install()
    frame = opened(shared_page, url, motion="no-preference")
    slider = frame.locator(".loss-picture")
    slider.press("ArrowRight")
    p = float(slider.get_attribute("aria-valuenow"))
    shared_page.clock.fast_forward(5000)
    shows(frame, p)


def test_a_finger_moves_the_dot(chromium: Any, url: str) -> None:
    context = chromium.new_context(has_touch=True)
    frame = opened(context.new_page(), url, 390, 844)
    context.pages[0].touchscreen.tap(*place(frame, 0.4))
    assert float(frame.locator(".loss-picture").get_attribute("aria-valuenow")) == pytest.approx(0.4, abs=3e-3)
    context.close()

"""The page of a watched model in a real browser: what is wrong on the first screen, a layer's numbers on request."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from answer_tab import frame_with, record
from patience import WAIT

from torchdemos.board import Board
from torchdemos.log import listing, tags

LAYERS, STEPS, SLOPE = 12, range(0, 110, 10), 0.9  # log10 of the gradient falls by so much a layer
DEAD_END, BROKEN = 3, 70  # the layer whose gradient is 0 at the end, and the step from which on the loss is NaN


def norm(layer: int, step: int) -> float:
    """log10 of the gradient."""
    return SLOPE * (layer - LAYERS + 1) + step / 200


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, tensorboard: Callable[[Path], str]) -> str:
    """A folder with one watched model, as `watch` logs it."""
    names = [tags.layer(i, str(i)) for i in range(LAYERS)]
    with Board(tmp_path_factory.mktemp("health") / "mine") as board:
        board.log(0, texts={listing.KINDS: listing.text(dict.fromkeys(names, "Linear 20 → 64"))})
        for step in STEPS:
            scalars = {tags.LOSS: 1.1 if step < BROKEN else math.nan, f"{tags.GRADIENT_SUMMARY}/total": -step / 10}
            for i, name in enumerate(names):
                scalars[f"{tags.ACTIVATION_STD}/{name}"] = i + step / 1000
                zero = i <= DEAD_END and step == STEPS[-1]
                scalars[f"{tags.ZERO_GRADIENT if zero else tags.GRADIENT_NORM}/{name}"] = 1.0 if zero else norm(i, step)
                scalars[f"{tags.UPDATE_RATIO}/{i}.weight"] = -3.0 - i / 10
            board.log(step, scalars=scalars)
    return tensorboard(board.folder)


@pytest.fixture
def frame(shared_page: Any, url: str) -> Any:
    """The tab as it opens on a laptop, at the end of all motion."""
    shared_page.set_viewport_size({"width": 1440, "height": 900})
    return opened(shared_page, url, "reduce")


def opened(page: Any, url: str, motion: str) -> Any:
    return frame_with(page, url, ".health-map svg", motion)


def said(frame: Any) -> str:
    return str(frame.locator(".health-said").inner_text()).replace("\N{MINUS SIGN}", "-")


def click(frame: Any, layer: int, step: int) -> None:
    """Click into the map's cell, which the canvas bounds."""
    box = frame.locator(".health-cells").bounding_box()
    outside = frame.locator(".health-map").bounding_box()
    x = box["x"] - outside["x"] + (list(STEPS).index(step) + 0.5) / len(STEPS) * box["width"]
    y = box["y"] - outside["y"] + (layer + 0.5) / LAYERS * box["height"]
    frame.locator(".health-map").click(position={"x": x, "y": y})


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1440, 900), (390, 844)])
def test_question_answer_and_map_are_on_the_first_screen(shared_page: Any, url: str, width: int, height: int) -> None:
    shared_page.set_viewport_size({"width": width, "height": height})
    frame = opened(shared_page, url, "reduce")
    for part in ("h1", ".said", ".health-map", ".health-said"):
        box = frame.locator(part).bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= height, part
        assert box["x"] >= 0 and box["x"] + box["width"] <= width, part
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_answer_says_what_is_wrong_where_since_when_and_what_to_try(frame: Any) -> None:
    assert frame.locator("h1").inner_text() == "Is mine healthy?"
    answer = frame.locator(".said").inner_text()
    assert answer.startswith("Vanishing gradient, since step 0. Of the gradient of 11 (Linear 20 → 64), ")
    assert "Try: Use He initialization" in answer and answer.endswith("Also: not finite.")
    found = frame.locator(".health-checks li.ill b").all_inner_texts()
    assert found[0] == "Not finite, since step 70."
    assert "not finite from step 70 on" in frame.locator(".health").inner_text()
    assert [box.inner_text().split(" (")[0] for box in frame.locator(".card-of-answer h2").all()] != []


def test_a_click_and_the_arrow_keys_choose_a_layers_numbers(frame: Any) -> None:
    assert said(frame).startswith("0 (Linear 20 → 64), step 100: gradient exactly 0; its output spreads by 0.1;")
    click(frame, 9, 50)
    factor = 10 ** (norm(9, 50) - norm(LAYERS - 1, 50))
    assert said(frame) == (
        f"9 (Linear 20 → 64), step 50: gradient {factor:.2g} times the last layer's; its output spreads by 9.05; "
        "the step moved its weights by 10⁻³·⁹ of their size."
    )
    for key in ("ArrowLeft", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp"):
        frame.locator(".health-map").press(key)
    power = f"{norm(5, 40) - norm(LAYERS - 1, 40):.1f}".translate(str.maketrans("-.0123456789", "⁻·⁰¹²³⁴⁵⁶⁷⁸⁹"))
    assert said(frame).startswith(f"5 (Linear 20 → 64), step 40: gradient 10{power} of the last layer's; ")
    assert frame.locator(".health-map").get_attribute("aria-valuenow") == "40"


def test_the_colours_are_a_fixed_scale_and_named(frame: Any) -> None:
    pixel = """([canvas, x, y]) => [...canvas.getContext('2d')
      .getImageData(x * canvas.width, y * canvas.height, 1, 1).data].slice(0, 3)"""
    canvas = frame.locator(".health-cells").element_handle()

    def colour(layer: int, column: int) -> list[int]:
        return list(frame.evaluate(pixel, [canvas, (column + 0.5) / len(STEPS), (layer + 0.5) / LAYERS]))

    assert colour(LAYERS - 1, 0) == [255, 255, 255]  # the last layer by itself
    assert colour(0, 0) == [26, 92, 168]  # 10⁻⁹·⁹ is beyond the scale, which ends in this blue
    assert colour(11 - 5, 0) not in (colour(0, 0), colour(11, 0))
    red, green, blue = colour(0, len(STEPS) - 1)
    assert red == green == blue < 256  # grey or white stripes
    legend = frame.locator(".health .legend").all_inner_texts()
    assert [" ".join(re.split(r"\s+", entry)) for entry in legend] == [
        "vanishes 10⁻⁶ 10⁶ explodes", "exactly 0", "not finite",
    ]  # fmt: skip


def test_training_passes_once_and_ends_at_the_last_look(shared_page: Any, url: str) -> None:
    record(shared_page, "document.querySelector('.health-said').textContent")
    frame = opened(shared_page, url, "no-preference")
    frame.wait_for_function("seen.at(-1)?.includes('step 100')", timeout=WAIT)
    frame.evaluate("seen.length = 0")
    frame.click("button[aria-label='play the training again']")
    frame.wait_for_function("seen.some((said) => !said.includes('step 100'))", timeout=WAIT)
    frame.locator(".health-map").press("Home")
    frame.wait_for_timeout(300)
    assert "step 0:" in said(frame)  # whoever takes the map ends its motion


def test_the_gradient_flow_has_the_same_colours_and_a_row_for_every_layer(frame: Any) -> None:
    frame.click("[role='tab']:has-text('Gradient flow')")
    canvas = frame.locator(f".heatmap canvas[data-drawn='{LAYERS}']")
    canvas.wait_for(timeout=WAIT)
    assert frame.locator(".heatmap h3").inner_text() == "mine"  # and not "."
    box = canvas.bounding_box()
    canvas.hover(position={"x": box["width"] - 3, "y": 3})
    assert frame.locator(".gradients .tooltip").inner_text() == "0 (Linear 20 → 64), step 100: exactly 0"
    assert frame.locator(".gradients .legend").all_inner_texts()[1:] == ["exactly 0", "not finite"]

"""The report as its reader opens it: from disk, in a real browser, with no network to ask."""

import json
import math
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import neuron_logs
import pytest
import torch
from patience import WAIT

from torchdemos import report
from torchdemos.board import Board
from torchdemos.lab.data import Digits
from torchdemos.log import answers, run_folder, tags
from torchdemos.view import events

EVIL = "<img src=x onerror=alert(1)>\"'"
BARS = [{"name": "x", "value": 1, "text": "1", "colour": "var(--blue)"}]
COUNT_OPEN = """addEventListener("beforeprint", () => {
  window.open_on_paper = document.querySelectorAll("details[open]").length;
})"""
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, digits: Digits) -> Path:
    """A log with a bit of everything, under hostile names."""
    place = tmp_path_factory.mktemp("report") / "run"
    with Board(place) as board:
        pins = [("scalars", tags.LOSS, None), ("images", "4_pictures/1_grey", "0_cnn")]
        run_folder.describe(place, "demo", {"seed": 0}, pins)
        board.log(0, texts={"README": f"# Why? {EVIL}", "NOTES": "folded"})
        cnn, evil, theory = (board.variant(name) for name in ("0_cnn", f"1_{EVIL}", "0.theory"))
        for step in range(20):
            cnn.log(step, scalars={tags.LOSS: 2 - step / 10})
            evil.log(step, scalars={tags.LOSS: 1.0 if step < 5 else math.nan, f"9_more/{EVIL}": 10.0**step})
        for step in (0, 10):
            cnn.log(step, pictures={"4_pictures/1_grey": torch.full((3, 8, 8), step / 10)})
        neuron_logs.train(cnn, neuron_logs.cnn(0), digits, steps=(0, 1))
        neuron_logs.gradients(cnn, -1.0)
        neuron_logs.gradients(theory, -1.0)
    claim = {"claim": f"a * b {EVIL}", "source": "Euler", "predicted": "1", "measured": "1.01", "difference": "1%"}
    run_folder.conclude(place, "demo", {"seed": 0}, "digits", "So.", [claim | {"agrees": "yes"}])
    return place


@pytest.fixture(scope="module")
def file(folder: Path) -> Path:
    return report(folder).save(folder / "report.html")


@pytest.fixture
def opened(page: Any, file: Path) -> Iterator[Any]:
    """The report, from disk; `page` complains of errors, dialogs and requests to anybody."""
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]", timeout=WAIT)
    yield page


def test_what_is_asked_and_pinned_is_on_the_first_screen(opened: Any) -> None:
    assert opened.locator("h1").inner_text() == f"Why? {EVIL}"
    for place in (".glance .chart svg", ".glance .card img"):
        box = opened.locator(place).bounding_box()
        assert box["y"] + box["height"] < 900
    assert opened.evaluate("document.querySelector('.glance img').naturalWidth") == 8


def test_a_chart_reads_its_values_out_by_mouse_and_by_keyboard(opened: Any) -> None:
    plot = opened.locator(".glance .plot")
    box = plot.bounding_box()
    plot.hover(position={"x": box["width"] - 16, "y": 50})
    reading = opened.locator(".glance .reading")
    assert reading.inner_text().splitlines() == ["step 19", "0_cnn 0.1", f"1_{EVIL} not finite"]
    plot.focus()
    plot.press("Home")
    assert reading.inner_text().splitlines()[:2] == ["step 0", "0_cnn 2"]
    plot.press("ArrowRight")
    assert "0_cnn 1.9" in reading.inner_text()


def test_the_legend_hides_and_shows_a_line_and_says_where_it_broke(opened: Any) -> None:
    entry = opened.locator(".glance .keys button").nth(1)
    assert entry.inner_text() == f"1_{EVIL} not finite from 5 on"
    lines = opened.locator(".glance .plot .line")
    assert lines.count() == 2
    entry.click()
    assert lines.count() == 1 and entry.get_attribute("aria-pressed") == "false"
    entry.click()
    assert lines.count() == 2


def test_a_wide_range_has_a_logarithmic_axis_with_round_ticks(opened: Any) -> None:
    ticks = opened.locator('.chart[title^="9_more"] .along').all_text_contents()
    assert ticks == ["1", "10⁵", "10¹⁰", "10¹⁵"]


def test_the_slider_steps_through_the_pictures(opened: Any) -> None:
    card = opened.locator(".glance .card")
    slider, image = card.locator("input"), card.locator("img")
    late = image.get_attribute("src")
    assert card.locator("output").inner_text() == "step 10"
    slider.press("Home")
    assert card.locator("output").inner_text() == "step 0" and image.get_attribute("src") != late


def test_the_neurons_are_those_of_the_log(opened: Any, folder: Path) -> None:
    shown = opened.wait_for_selector(".neurons .detail[data-value]", timeout=WAIT)
    layer, index, value = (shown.get_attribute(f"data-{name}") for name in ("layer", "index", "value"))
    blobs = events.read(folder / "0_cnn").neurons[tags.NEURONS][-1][1]
    conv1 = json.loads(blobs[0])["layers"][1]
    assert layer == conv1["name"] == "conv1"
    logged = struct.unpack_from("<f", zlib.decompress(blobs[conv1["values"]]), 4 * int(index))
    assert float(value) == pytest.approx(logged[0], rel=1e-6) and float(value) != 0


def test_the_gradient_profile_has_its_prediction(opened: Any) -> None:
    opened.wait_for_selector(".gradients .plot svg", timeout=WAIT)
    assert opened.locator(".gradients .keys button").all_inner_texts() == ["measured", "predicted"]


def test_dark_follows_the_system_and_the_button(opened: Any) -> None:
    colour = "getComputedStyle(document.body).backgroundColor"
    light = opened.evaluate(colour)
    opened.emulate_media(color_scheme="dark")
    opened.wait_for_selector("html.dark", timeout=WAIT)
    assert opened.evaluate(colour) != light
    opened.locator(".theme").click()
    assert opened.evaluate(colour) == light


def test_it_fits_a_phone_with_whether_each_claim_agrees(opened: Any) -> None:
    opened.set_viewport_size({"width": 390, "height": 844})
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    agrees = opened.locator(".claims td", has_text="yes")
    box = agrees.bounding_box()
    assert agrees.count() == 1 and box["x"] >= 0 and box["x"] + box["width"] <= 390


def test_folded_parts_are_open_on_paper_and_folded_again_afterwards(opened: Any) -> None:
    folded = opened.locator("details:not([open])")
    count = folded.count()
    assert count > 0
    opened.evaluate(COUNT_OPEN)
    assert opened.pdf(format="A4").startswith(b"%PDF")
    assert opened.evaluate("window.open_on_paper") == opened.locator("details").count()
    assert folded.count() == count


def test_a_notebooks_frame_shows_it_too(page: Any, folder: Path) -> None:
    page.set_content(report(folder)._repr_html_())
    frame = page.frame_locator("iframe")
    frame.locator("html[data-ready]").wait_for(timeout=WAIT)
    assert frame.locator(".glance .chart svg").count() == 1


def test_a_broken_snapshot_is_said_and_the_rest_is_shown(page: Any, tmp_path: Path) -> None:
    with Board(tmp_path / "run") as board:
        board.log(0, blobs={tags.NEURONS: [b"no json"]}, scalars={"a": 1.0})
        board.log(1, scalars={"a": 2.0})
    page.goto(report(tmp_path / "run").save(tmp_path / "r.html").as_uri())
    problem = page.wait_for_selector(".neurons .problem", timeout=WAIT)
    assert "cannot be shown" in problem.inner_text() and page.locator(".chart svg").count() == 1


def test_the_answer_of_a_demo_comes_first_and_is_drawn_without_a_server(page: Any, tmp_path: Path) -> None:
    told: answers.Page = {
        "question": f"Why? {EVIL}",
        "answer": f"It is **7**. {EVIL}",
        "hero": {},
        "cards": [{"title": "Three", "condition": "", "about": "", "kind": "bars", "data": {"bars": BARS}}],
        "claims": [],
    }
    with Board(tmp_path / "run") as board:
        run_folder.describe(board.folder, "demo", {}, [("scalars", "a", None)])
        board.log(0, scalars={"a": 1.0}, blobs={answers.TAG: [answers.pack(told)]})
        board.log(1, scalars={"a": 2.0})
    page.goto(report(tmp_path / "run").save(tmp_path / "r.html").as_uri())
    drawn = page.wait_for_selector(".card-of-answer svg", timeout=WAIT)
    assert page.locator("h1").all_inner_texts() == [f"Why? {EVIL}"]
    assert page.locator(".said").inner_text() == f"It is 7. {EVIL}" and page.locator(".said b").inner_text() == "7"
    assert drawn.get_attribute("aria-label") == "Three: x 1" and page.locator(".answer a").count() == 0

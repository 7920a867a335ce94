"""A report whose log holds what no page can draw: that is named, and everything else is there."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from event_files import VERSION, blobs, doubles, write
from neuron_logs import by_hand, dense, floats, layer

from torchdemos import report
from torchdemos.log import answers, tags

LARGEST = 1.7976931348623157e308
ODD = [400.0, -400.0, LARGEST, -LARGEST, 5e-324, math.nan, math.inf, 0.0]
PAGE = {
    "question": "Why?", "answer": "**So**.", "claims": [{"claim": {}}, 3],
    "hero": {"kind": "loss_curve", "digit": None},
    "cards": [{"title": "Broken", "kind": "lines", "data": None}, 7,
              {"title": "Fine", "kind": "lines", "data": {"series": [{"name": "a", "points": [[0, 1], [1, 2]]}]}}],
}  # fmt: skip


def open_report(page: Any, folder: Path, target: Path) -> Any:
    page.goto(report(folder).save(target).as_uri())
    page.wait_for_selector("html[data-ready=true]")
    return page


def test_numbers_at_the_ends_of_what_a_float_holds_are_drawn(page: Any, tmp_path: Path) -> None:
    layers = [f"{tags.GRADIENT_NORM}/0{i}_fc{i}" for i in range(3)]
    ratios = [f"{tags.UPDATE_RATIO}/fc{i}.weight" for i in range(3)]
    steps = [
        doubles(step, {**dict.fromkeys([*layers, *ratios, tags.LOSS, "mine/a"], value), "mine/b": ODD[-step]})
        for step, value in enumerate(ODD)
    ]
    open_report(page, write(tmp_path / "run", [VERSION, *steps]), tmp_path / "report.html")
    assert page.locator(".chart svg").count() >= 4 and page.locator(".chart .line path").count() >= 4
    assert page.locator("text=cannot be drawn").count() == 0


def test_a_page_of_a_log_that_makes_no_sense_costs_its_broken_pictures_alone(page: Any, tmp_path: Path) -> None:
    packed = blobs(0, answers.TAG, [json.dumps(PAGE).encode()])
    numbers = [doubles(step, {"loss": 1.0 / (step + 1)}) for step in range(3)]
    open_report(page, write(tmp_path / "run", [VERSION, packed, *numbers]), tmp_path / "report.html")
    assert page.locator("h1").first.inner_text() == "Why?"
    page.wait_for_selector("text=Broken cannot be drawn")
    assert page.locator(".card-of-answer[data-kind=lines] svg").count() == 1
    assert page.locator(".chart svg").count() == 1


MILLION = floats([0.0] * 10**6)
BOMBS = {  # the layers and parts of a snapshot, and what is said of those that are not shown
    "together": (
        [layer("input", [2], 1), layer("half", [2**23], 1), layer("rest", [2**23], 2), layer("small", [2], 1)],
        [floats([1, 2])],
        [
            "Not shown: its values: expected 8388608 numbers, the log has 2.",
            "Not shown: too large to be shown beside the others.",
        ],
    ),
    "one part": (
        [layer("input", [2], 1), layer("more", [2], 2)],
        [MILLION],
        ["Not shown: expected 2 numbers, the log has more."],
    ),
    "a sum": (
        [layer("input", [2], 1), layer("out", [2], 2, sum=dense([2, 10**9], 0, 3))],
        [floats([1, 2]), MILLION],
        ["The log does not say what this neuron is a sum of."],
    ),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_what_a_snapshot_declares_is_counted_before_anything_is_inflated(page: Any, tmp_path: Path, kind: str) -> None:
    layers, parts, said = BOMBS[kind]
    snapshot = blobs(0, tags.NEURONS, by_hand(layers, floats([1, 2]), *parts))
    open_report(page, write(tmp_path / "run", [VERSION, snapshot]), tmp_path / "report.html")
    page.wait_for_selector(".neurons[data-step]")
    assert page.locator(".neurons .problem").all_inner_texts() == said
    assert page.locator("canvas[data-layer=input]").count() == 1


def test_a_restart_is_marked_in_the_chart(page: Any, tmp_path: Path) -> None:
    parts = [VERSION, *(doubles(step, {"a": 1.0 / (step + 1)}) for step in (0, 1, 2, 3, 1, 2))]
    open_report(page, write(tmp_path / "run", parts), tmp_path / "report.html")
    assert page.locator(".chart .restart title").all_text_contents() == ["the run began again at step 1"]
    assert page.locator(".chart .restart").evaluate("path => getComputedStyle(path).strokeDasharray") == "3px, 3px"

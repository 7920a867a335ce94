"""Logs that are strange, broken, huge or many: the tab says so, and nothing in them is ever run."""

import math
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import neuron_logs
import pytest
from neuron_logs import by_hand, dense, floats, layer
from patience import WAIT

from torchdemos.board import Board

from .test_neurons_tab import numbers, opened

HOSTILE = "<img src=x onerror=alert(1)>'ü"
MANY = 100_000

HALF = math.sqrt(0.5)
STRANGE = {
    "0_names": by_hand(
        [layer(f"input {HOSTILE}", [2], 1), layer(HOSTILE, [2], 2, sum=dense([2, 2], 0, 3))],
        floats([1, 2]), floats([5, 11]), floats([1, 2, 3, 4]), samples=[HOSTILE],
    ),
    "1_sizes": by_hand(
        [layer("input", [2], 1), layer("short", [5], 1), layer("out", [2], 1, sum=dense([2, 3], 0, 1)),
         {"name": 7}, None, layer("huge", [10**12], 1), layer("negative", [-1], 1), layer("nowhere", [2], 99)],
        floats([1, 2]),
    ),
    "2_no_json": [b"\xff<b>", b""],
    "3_not_deflated": by_hand([layer("input", [2], 1)], b"no zlib"),
    "4_a_list": [b"[1, 2]"],
    "5_no_parts": [],
    "6_not_finite": by_hand(
        [layer("input", [2], 1), layer("out", [1], 2, sum=dense([1, 2], 0, 3))],
        floats([math.nan, math.inf]), floats([math.nan]), floats([1, 1]),
    ),
    "7_many": by_hand([layer("input", [MANY], 1)], floats([math.sin(i) for i in range(MANY)])),
    "8_sums": by_hand(
        [layer("input", [2], 1), layer("out", [1], 2, sum={**dense([1, 2], 0, 1), "kind": "<b>"}),
         layer("loop", [2], 1, sum=dense([2, 2], 2, 1)), layer("text", [2], 1, sum="yes")],
        floats([1, 2]), floats([3]),
    ),
    "9_inflates": by_hand([layer("input", [2], 1)], zlib.compress(bytes(2**28), 1)),
}  # fmt: skip

CHOOSE = """(view, run) => {
  const select = view.querySelector("select");
  select.value = [...select.options].find((option) => option.textContent === run).value;
  select.dispatchEvent(new Event("change", {bubbles: true}));
  delete view.dataset.step;
  view.querySelector(".networks").replaceChildren();
}"""


@pytest.fixture(scope="module")
def tab(
    tmp_path_factory: pytest.TempPathFactory,
    tensorboard: Callable[[Path], str],
    shared_page: Any,
) -> Any:
    """The frame of the Neurons tab on all of these."""
    with Board(tmp_path_factory.mktemp("hostile") / "run") as board:
        for name, blobs in STRANGE.items():
            board.variant(name).log(0, blobs={"neurons": blobs})
        tagged = board.variant(HOSTILE)
        for tag in ("a/b", f'{HOSTILE}"'):
            tagged.log(0, blobs={tag: STRANGE["0_names"]})
        (file,) = tagged.folder.iterdir()
        file.write_bytes(file.read_bytes() + b"?" * 100)
        for i in range(200):
            neuron_logs.gradients(board.variant(f"run_{i:03d}"), 0.1, layers=2, steps=[0, 1])
    return opened(shared_page, tensorboard(board.folder))


def show(tab: Any, run: str) -> Any:
    """The neurons view of that run, once there; chosen and emptied at once, so that nothing from before returns."""
    tab.click("[role='tab']:has-text('Neurons')")
    tab.locator(".neurons").evaluate(CHOOSE, run)
    tab.wait_for_selector(".neurons[data-step], [data-problem]", timeout=WAIT)
    return tab


def test_names_are_text_whatever_they_hold(tab: Any) -> None:
    for run in ("0_names", f"{HOSTILE}: a/b"):
        show(tab, run)
        assert tab.locator(".network b").all_inner_texts() == [f"input {HOSTILE}", HOSTILE]
        assert tab.locator(".detail h2").inner_text().startswith(HOSTILE)
        assert float(tab.locator(".detail").get_attribute("data-value")) == 11
    options = tab.locator(".neurons select").first.locator("option").all_inner_texts()
    assert f'{HOSTILE}: {HOSTILE}"' in options  # its blobs the fast loader cannot find: it trips over quotes
    assert tab.locator("img").count() == 0


def test_layers_of_wrong_sizes_are_named_and_the_others_shown(tab: Any) -> None:
    show(tab, "1_sizes")
    assert tab.locator("canvas[data-layer]").count() == 2  # input and out
    assert tab.locator(".layer .problem").count() == 6
    assert "expected 5 numbers, the log has 2" in tab.locator(".layer .problem").first.inner_text()
    assert (
        "Its weights" in tab.locator(".detail .problem").inner_text()
        or "weights" in tab.locator(".detail .problem").inner_text()
    )


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("2_no_json", "does not begin with a list of its layers"),
        ("4_a_list", "no list of samples and layers"),
        ("5_no_parts", "no part 0"),
    ],
)
def test_a_broken_snapshot_is_a_sentence(tab: Any, run: str, words: str) -> None:
    show(tab, run)
    assert words in tab.locator("[data-problem]").inner_text()


def test_bytes_that_are_not_deflated_are_a_sentence_in_their_layer(tab: Any) -> None:
    show(tab, "3_not_deflated")
    assert "damaged" in tab.locator(".layer .problem").inner_text()


def test_bytes_that_inflate_to_far_more_than_a_snapshot_has_are_a_sentence_too(tab: Any) -> None:
    show(tab, "9_inflates")
    assert "expected 2 numbers, the log has more" in tab.locator(".layer .problem").inner_text()


def test_sums_that_make_no_sense_are_a_sentence_beside_the_value(tab: Any) -> None:
    show(tab, "8_sums")
    assert "does not say what this neuron is a sum of" in tab.locator(".detail .problem").inner_text()
    assert float(tab.locator(".detail").get_attribute("data-value")) == 3


def test_what_is_not_finite_is_magenta_and_adds_up(tab: Any) -> None:
    show(tab, "6_not_finite")
    corner = "canvas => [...canvas.getContext('2d').getImageData(3, 3, 1, 1).data]"
    assert tab.locator("canvas[data-layer='input']").evaluate(corner) == [255, 0, 255, 255]
    assert tab.locator(".sum").get_attribute("data-agrees") == "true"


def test_a_layer_of_100_000_neurons_is_one_canvas(tab: Any) -> None:
    show(tab, "7_many")
    tab.wait_for_selector(f"canvas[data-drawn='{MANY}']", timeout=WAIT)
    assert tab.evaluate("() => document.querySelectorAll('*').length") < 300
    canvas = tab.locator("canvas[data-layer='input']")
    canvas.click(position={"x": 1, "y": 1})
    assert numbers(tab.locator(".detail small").inner_text())[0] < 10


def test_200_runs_can_be_searched_by_name(tab: Any) -> None:
    tab.click("[role='tab']:has-text('Gradient flow')")
    runs = tab.locator(".gradients select").first
    tab.wait_for_selector(".heatmap canvas[data-drawn='2']", timeout=WAIT)
    assert runs.locator("option").count() == 200
    tab.fill(".gradients input[type='search']", "_19")
    assert runs.locator("option").all_inner_texts() == [f"run_19{i}" for i in range(10)]
    tab.wait_for_selector(".heatmap h3:has-text('run_190')", timeout=WAIT)


def test_of_200_models_the_newest_twenty_are_judged_and_the_others_named(tab: Any) -> None:
    tab.click("[role='tab']:has-text('Answer')")
    tab.wait_for_selector(".older", timeout=WAIT)
    assert tab.locator(".older summary").inner_text() == "180 older runs"
    assert tab.locator(".answer > .entries button").count() == 20 + 1  # and one for all that is no model
    assert tab.locator("img").count() == 0


def test_damage_is_told_above_every_view(tab: Any) -> None:
    tab.wait_for_selector(".remarks .problem", timeout=WAIT)
    said = tab.locator(".remarks .problem").all_inner_texts()
    assert said[0] == f"{HOSTILE}: Not all of this log can be read. 100 damaged bytes are left out."

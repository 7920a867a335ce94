"""What is the chain rule, as its reader sees it: the first screen, the walk along the layers, the turned weight."""

import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from answer_tab import bottom, frame_with, record
from patience import WAIT

from torchdemos.board import Board
from torchdemos.log import answers

DEPTH, AT_LOSS = 20, 0.06
FACTORS = {"vanish": 0.2, "flow": 1.0, "explode": 1.5}
TIMES, MINUS = "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}"
OUT = {"weights_out": [0.3, -0.2, 0.1], "logits_rest": [0.0, 0.4, -0.3], "label": 1}
WEIGHT = {"x": 0.8, "w": 0.5, "rest": -0.1, **OUT}
RAISED = str.maketrans("-.0123456789", "⁻·⁰¹²³⁴⁵⁶⁷⁸⁹")
FAINT = "document.querySelectorAll('.chain-row g[opacity=\"0.18\"]').length"


def network(name: str, factor: float, depth: int) -> dict[str, Any]:
    logs = [math.log10(AT_LOSS) + (depth - layer) * math.log10(factor) for layer in range(depth + 1)]
    return {
        "name": name,
        "about": f"the {name} network",
        "colour": "var(--blue)",
        "factor": factor,
        "log_ratio": logs[0] - logs[-1],
        "logs": logs,
        "zeros": 0,
        "value": [1.25] * (depth + 1),
        "factors": [factor] * depth + [AT_LOSS],
        "weights": [factor / 0.25] * depth + [None],
        "slope": [0.25] * depth + [None],
    }


def write(folder: Path, networks: list[dict[str, Any]]) -> None:
    page: answers.Page = {
        "question": "What is the chain rule?",
        "answer": "On its way back every layer multiplies the gradient by its own factor, **0.2** here. " * 3,
        "hero": {
            "kind": "chain",
            "networks": networks,
            "weight": WEIGHT | {"layer": DEPTH, "unit": 3, "source": 4, "gradient": by_hand(WEIGHT["w"])[1]},
        },
        "cards": [],
        "claims": [],
    }
    with Board(folder) as board:
        board.log(0, blobs={answers.TAG: [answers.pack(page)]})


def by_hand(w: float) -> tuple[list[float], float]:
    """The three local derivatives at the weight w, and d loss / d w from differences of the loss itself."""

    def loss(w: float) -> float:
        value = 1 / (1 + math.exp(-(w * WEIGHT["x"] + WEIGHT["rest"])))
        return cost(value)

    def cost(value: float) -> float:
        logits = [value * out + rest for out, rest in zip(WEIGHT["weights_out"], WEIGHT["logits_rest"], strict=True)]
        return math.log(sum(map(math.exp, logits))) - logits[WEIGHT["label"]]

    value, step = 1 / (1 + math.exp(-(w * WEIGHT["x"] + WEIGHT["rest"]))), 1e-5
    back = (cost(value + step) - cost(value - step)) / (2 * step)
    return [WEIGHT["x"], value * (1 - value), back], (loss(w + step) - loss(w - step)) / (2 * step)


def brief(value: float) -> float:
    return float(f"{value:.3g}")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, tensorboard: Callable[[Path], str]) -> str:
    folder = tmp_path_factory.mktemp("chain") / "run"
    write(folder, [network(name, factor, DEPTH) for name, factor in FACTORS.items()])
    return tensorboard(folder)


@pytest.fixture(scope="module")
def deep(tmp_path_factory: pytest.TempPathFactory, tensorboard: Callable[[Path], str]) -> str:
    """A hundred layers, in one network with layers that no gradient reaches and one with numbers that are none."""
    zero, lost = network("zero", 0.2, 100), network("lost", 1.5, 100)
    zero |= {"logs": [None] * 4 + zero["logs"][4:], "zeros": 4, "log_ratio": None, "factor": None}
    lost |= {"logs": [None] * 2 + lost["logs"][2:], "factors": [None] * 2 + lost["factors"][2:], "value": [None] * 101}
    folder = tmp_path_factory.mktemp("deep") / "run"
    write(folder, [zero, lost])
    return tensorboard(folder)


def opened(page: Any, url: str, width: int = 1280, height: int = 720, motion: str = "reduce") -> Any:
    """The frame of the tab with the picture in it."""
    page.set_viewport_size({"width": width, "height": height})
    return frame_with(page, url, ".chain-row svg", motion)


def said(frame: Any) -> str:
    return str(frame.locator(".chain-said").inner_text())


def power(exponent: float) -> str:
    return f"10{f'{exponent:.1f}'.translate(RAISED)}"


def layer_in_words(layer: int, factor: float) -> str:
    """What stands under the chain for this layer, counted from 1."""
    product = power(math.log10(AT_LOSS * factor ** (DEPTH + 1 - layer)))
    parts = f"weights {brief(factor / 0.25):g} {TIMES} slope 0.25"
    return f"layer {layer}: factor {factor:g} = {parts}; product so far {product}."


def place(frame: Any, layer: int) -> tuple[float, float]:
    """Where this layer is on the screen."""
    box = frame.locator(".chain-row").bounding_box()
    start, pitch = (float(frame.locator(".chain-row svg").get_attribute(f"data-{name}")) for name in ("start", "pitch"))
    along = start + (layer - 0.5) * pitch
    return (box["x"] + along, box["y"] + 50) if box["width"] > 560 else (box["x"] + 120, box["y"] + along)


def shows_weight(frame: Any, w: float) -> None:
    """Fails unless all that depends on w is right."""
    parts, gradient = by_hand(w)
    shown = [text.replace(MINUS, "-") for text in frame.locator(".weight-product").all_text_contents()]
    product = [float(part) for part in shown[0].partition("=")[2].split(TIMES)]
    assert product == pytest.approx([brief(part) for part in parts], rel=2e-3)
    assert float(shown[1].removeprefix("= ")) == pytest.approx(gradient, rel=6e-3)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1440, 900)])
def test_question_answer_and_picture_are_on_the_first_screen(
    shared_page: Any, url: str, width: int, height: int
) -> None:
    frame = opened(shared_page, url, width, height)
    assert bottom(frame, "h1") < bottom(frame, ".said") < bottom(frame, ".hero") < height
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("log", ["url", "deep"])
def test_a_phone_shows_the_whole_chain_first_and_scrolls_in_one_direction_only(
    shared_page: Any, log: str, request: pytest.FixtureRequest
) -> None:
    frame = opened(shared_page, request.getfixturevalue(log), 390, 844)
    assert bottom(frame, ".said") < bottom(frame, ".chain-row") < bottom(frame, ".chain-said") < 844
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_phone_has_every_factor_in_letters_of_full_size(shared_page: Any, url: str) -> None:
    frame = opened(shared_page, url, 390, 844)
    factors = frame.get_by_text("0.20", exact=True)
    assert factors.count() == DEPTH
    tops = sorted(box["y"] for box in (factors.nth(i).bounding_box() for i in range(DEPTH)))
    assert min(later - top for top, later in pairwise(tops)) >= 12
    sizes = "[...document.querySelectorAll('.chain-row text')].map((text) => getComputedStyle(text).fontSize)"
    assert set(frame.evaluate(sizes)) == {"12px"}
    assert frame.evaluate("document.querySelector('.chain-row svg').getScreenCTM().a") == pytest.approx(1)


def test_less_motion_shows_the_end_at_once(shared_page: Any, url: str) -> None:
    frame = opened(shared_page, url)
    ratio = power(DEPTH * math.log10(0.2))
    average = f"{TIMES}0.2 a layer on average, from output to layer 1: {ratio}"
    assert said(frame) == f"the vanish network: {average}. Point at a layer."
    assert frame.evaluate(FAINT) == 0
    shows_weight(frame, WEIGHT["w"])


def test_motion_brings_the_gradient_back_once_and_then_all_stands(shared_page: Any, url: str) -> None:
    record(shared_page, FAINT)
    frame = opened(shared_page, url, motion="no-preference")
    frame.wait_for_function("seen.some((faint) => faint > 0) && seen.at(-1) === 0", timeout=WAIT)
    frame.wait_for_timeout(1500)
    assert frame.evaluate(FAINT) == 0
    frame.evaluate("seen.length = 0")
    frame.locator("button[aria-label='play again']").click()
    frame.wait_for_function("seen.some((faint) => faint > 0)", timeout=WAIT)
    frame.locator("button:has-text('explode')").click()
    assert frame.evaluate(FAINT) == 0


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_pointing_at_a_layer_shows_its_weights_times_its_slope(
    shared_page: Any, url: str, width: int, height: int
) -> None:
    frame = opened(shared_page, url, width, height)
    frame.locator("button:has-text('explode')").click()
    for layer in (1, 7, 20):
        shared_page.mouse.move(*place(frame, layer))
        assert said(frame) == layer_in_words(layer, 1.5)
    shared_page.mouse.move(*place(frame, 21))
    assert said(frame) == "output: the loss hands back a gradient of 0.06."
    shared_page.mouse.move(5, 5)
    assert said(frame).startswith("the explode network")


def test_keys_walk_along_the_layers_and_keep_the_focus(shared_page: Any, url: str) -> None:
    frame = opened(shared_page, url)
    chain = frame.locator(".chain-row[role=slider]")
    chain.focus()
    assert said(frame) == layer_in_words(20, 0.2) == chain.get_attribute("aria-valuetext")
    shared_page.keyboard.press("ArrowLeft")
    shared_page.keyboard.press("ArrowUp")
    assert said(frame) == layer_in_words(18, 0.2) and chain.get_attribute("aria-valuenow") == "18"
    shared_page.keyboard.press("Home")
    assert said(frame) == layer_in_words(1, 0.2)
    shared_page.keyboard.press("ArrowRight")
    assert said(frame) == layer_in_words(2, 0.2)
    shared_page.keyboard.press("Tab")
    assert said(frame).startswith("the vanish network")


def test_a_finger_chooses_a_layer_that_stays(chromium: Any, url: str) -> None:
    context = chromium.new_context(has_touch=True)
    frame = opened(context.new_page(), url, 390, 844)
    context.pages[0].touchscreen.tap(*place(frame, 5))
    assert said(frame) == layer_in_words(5, 0.2)
    context.close()


def test_the_dragged_weight_shows_the_slope_of_the_loss_there(shared_page: Any, url: str) -> None:
    frame = opened(shared_page, url)
    slider = frame.locator("input[aria-label='weight w']")
    box = slider.bounding_box()
    shared_page.mouse.move(box["x"] + box["width"] * 8.5 / 16, box["y"] + box["height"] / 2)
    shared_page.mouse.down()
    for share in (0.7, 0.2, 0.4):
        shared_page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2, steps=3)
        w = float(slider.input_value())
        assert w == pytest.approx(16 * share - 8, abs=0.4)
        shows_weight(frame, w)
        thumb = 8 + (w + 8) / 16 * (box["width"] - 16)
        dot = frame.locator(".one-weight circle[r='5']")
        assert float(dot.get_attribute("cx")) == pytest.approx(thumb, abs=0.6)
    shared_page.mouse.up()


def test_keys_turn_the_weight_and_a_button_resets_it(shared_page: Any, url: str) -> None:
    frame = opened(shared_page, url)
    slider, note = frame.locator("input[aria-label='weight w']"), frame.locator(".one-weight .note")
    recorded = f"PyTorch's own gradient: {brief(by_hand(WEIGHT['w'])[1])}.".replace("-", MINUS)
    assert note.inner_text().endswith(recorded)
    slider.press("ArrowRight")
    w = float(slider.input_value())
    assert w > WEIGHT["w"]
    shows_weight(frame, w)
    slider.press("End")
    shows_weight(frame, 8)
    assert note.inner_text().startswith("The sigmoid is flat here: its slope is 0.00183 of at most 0.25")
    frame.locator("button:has-text('reset')").click()
    shows_weight(frame, WEIGHT["w"])
    assert note.inner_text().endswith(recorded)


def test_a_hundred_layers_have_as_many_labels_as_fit(shared_page: Any, deep: str) -> None:
    frame = opened(shared_page, deep)
    frame.locator("button:has-text('lost')").click()
    assert frame.locator(".chain-cell").count() == 101
    boxes = "[...document.querySelectorAll('.chain-row text.m')].map((text) => text.getBoundingClientRect().toJSON())"
    rows: dict[float, list[dict[str, float]]] = {}
    for box in frame.evaluate(boxes):
        rows.setdefault(round(box["top"]), []).append(box)
    assert sum(len(row) > 10 for row in rows.values()) == 4  # values, names, factors and products
    for row in rows.values():
        ordered = sorted(row, key=lambda box: box["left"])
        assert all(one["right"] < other["left"] for one, other in pairwise(ordered))


def test_a_gradient_of_zero_and_one_that_is_no_number_are_told_apart(shared_page: Any, deep: str) -> None:
    frame = opened(shared_page, deep)
    assert said(frame) == "the zero network: look at layer 1, its gradient is exactly 0."
    fills = "[...document.querySelectorAll('.chain-cell')].map((cell) => cell.getAttribute('fill'))"
    assert frame.evaluate(fills)[:5].count("url(#chain-zero)") == 4
    frame.locator("button:has-text('lost')").click()
    assert frame.evaluate(fills)[:3].count("rgb(255, 0, 255)") == 2
    frame.locator(".chain-row").press("Home")
    assert said(frame) == "layer 1: its gradient is not finite."
    legend = frame.locator(".chain h2 small").first.inner_text()
    assert legend.endswith("hatched: exactly 0, magenta: not finite")


def test_it_is_readable_in_the_dark(shared_page: Any, url: str) -> None:
    frame = opened(shared_page, url)
    frame.evaluate("document.documentElement.classList.add('dark')")
    ink = "getComputedStyle(document.querySelector('.chain-row text')).fill"
    frame.wait_for_function(f"{ink} !== 'rgb(31, 39, 51)'", timeout=WAIT)
    name = "[...document.querySelectorAll('.chain-row text.b')].map((text) => getComputedStyle(text).fill)"
    fills = frame.evaluate(name)
    assert (fills[0], fills[-1]) == ("rgb(255, 255, 255)", "rgb(31, 39, 51)")  # on dark blue and on white

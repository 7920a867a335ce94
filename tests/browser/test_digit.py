"""The digit, its neurons and the answer, as a reader uses them: the first screen, a neuron, a digit of one's own."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from answer_tab import bottom, frame_with, record, wait_until_above, write
from numpy.typing import NDArray
from patience import WAIT
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos.lab import data, models, training
from torchdemos.lab.data import Digits
from torchdemos.lab.demos import neurons_page
from torchdemos.log import answers

SEVEN = [[7.0, 7.0], [20.0, 7.0], [13.0, 23.0]]  # in pixels of the digit
TWO_STROKES = [SEVEN, [[9.0, 15.0], [19.0, 15.0]]]
PEN = 2.2

FORWARD = """async ([layers, images]) => {
  const {forward, unpackLayers} = await import("./static/forward.js");
  const unpacked = unpackLayers(layers);
  return images.map((values) => Array.from(
    forward(unpacked, {shape: [1, 28, 28], values: Float32Array.from(values)}).at(-1).values));
}"""
LIKE_MNIST = """async (strokes) => {
  const {likeMnist} = await import("./static/draw_digit.js");
  const {pixels, placeOf} = likeMnist(strokes);
  return [Array.from(pixels), pixels.reduce((all, _, i) => [...all, placeOf(i)], [])];
}"""


class Scene(NamedTuple):
    """A TensorBoard with the page, and the networks behind it."""

    url: str
    mlp: nn.Sequential
    cnn: nn.Sequential
    ten: Tensor
    page: answers.Page


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, digits: Digits, tensorboard: Callable[[Path], str]) -> Scene:
    torch.manual_seed(0)
    mlp, cnn, ten = models.mlp(), models.cnn(), data.probe(digits)
    optimizer = torch.optim.SGD(mlp.parameters(), lr=0.05, momentum=0.9)
    batches = training.batches(digits.train_images, digits.train_labels, 64, 200)
    for _ in training.train(mlp, batches, cross_entropy, optimizer):
        pass
    variants: Any = [
        SimpleNamespace(name=name, model=model, accuracy=0.9) for name, model in (("cnn", cnn), ("mlp", mlp))
    ]
    told = neurons_page.told(variants, ten, 3)
    page: answers.Page = {
        "question": "What is a neuron? A unit that holds one value for one given input.",
        "answer": told.answer, "hero": told.hero, "cards": told.cards, "now_try": told.now_try, "claims": [],
    }  # fmt: skip
    url = tensorboard(write(tmp_path_factory.mktemp("digit") / "run", page))
    return Scene(url, mlp, cnn, ten, page)


def opened(page: Any, url: str, motion: str) -> Any:
    return frame_with(page, url, ".digit-hero svg .answered", motion)


@pytest.fixture(scope="module")
def still(shared_page: Any, scene: Scene) -> Any:
    return opened(shared_page, scene.url, "reduce")


@pytest.fixture
def frame(still: Any, shared_page: Any) -> Iterator[Any]:
    """The tab on a laptop with the digit 3, at the end of all motion."""
    shared_page.set_viewport_size({"width": 1280, "height": 720})
    still.click(".digits button:nth-child(4)")
    yield still


@torch.no_grad()
def said(model: nn.Sequential, image: Any) -> str:
    """ "It says 3 (98 %)", by PyTorch."""
    shares = model(torch.as_tensor(image, dtype=torch.float32).view(1, 1, 28, 28))[0].softmax(0)
    return f"It says {int(shares.argmax())} ({100 * float(shares.max()):.0f} %)"


def answered(frame: Any) -> str:
    return str(frame.locator(".answered").text_content())


def ink(strokes: list[list[list[float]]]) -> NDArray[np.float64]:
    """A drawing as MNIST would have it: 20 pixels long with its pen, its centre of mass at pixel 14 of 28."""
    points = np.array([point for stroke in strokes for point in stroke])
    low, high = points.min(0), points.max(0)
    scale = (20 - PEN) / (high - low).max()
    rows, columns = np.mgrid[0:20, 0:20] + 0.5
    distance = np.full((20, 20), np.inf)
    for stroke in strokes:
        placed = (np.array(stroke) - low) * scale + PEN / 2
        for (ax, ay), (bx, by) in pairwise(placed):
            along = np.clip(
                ((columns - ax) * (bx - ax) + (rows - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2), 0, 1
            )
            distance = np.minimum(distance, np.hypot(ax + along * (bx - ax) - columns, ay + along * (by - ay) - rows))
    box = np.clip(PEN / 2 + 0.5 - distance, 0, 1)
    down, across = (round(14 - float((box.sum(axis) * np.arange(20)).sum() / box.sum())) for axis in (1, 0))
    page = np.zeros((60, 60))
    page[16 + down : 36 + down, 16 + across : 36 + across] = box
    return page[16:44, 16:44]


def place(frame: Any, point: list[float]) -> tuple[float, float]:
    box = frame.locator(".surface").bounding_box()
    return box["x"] + point[0] / 28 * box["width"], box["y"] + point[1] / 28 * box["height"]


def draw(page: Any, frame: Any, strokes: list[list[list[float]]]) -> None:
    for first, *others in strokes:
        page.mouse.move(*place(frame, first))
        page.mouse.down()
        for point in others:
            page.mouse.move(*place(frame, point), steps=5)
        page.mouse.up()


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1440, 900)])
def test_question_answer_and_picture_are_on_the_first_screen(
    frame: Any, shared_page: Any, width: int, height: int
) -> None:
    shared_page.set_viewport_size({"width": width, "height": height})
    for part in (".answer h1", ".answer .said", ".digit-hero", ".answered", ".apart canvas"):
        wait_until_above(frame, part, height)
        assert bottom(frame, part) > 64, part


def test_the_first_column_is_on_the_first_screen_of_a_phone_and_nothing_scrolls_aside(
    frame: Any, shared_page: Any
) -> None:
    shared_page.set_viewport_size({"width": 390, "height": 844})
    frame.wait_for_function("document.querySelector('.stage-of-digit svg').clientWidth < 390")
    for part in (".answer h1", ".answer .said", ".stage-of-digit", ".answered"):
        wait_until_above(frame, part, 844)
    frame.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth")


def test_the_page_computes_what_pytorch_computes(frame: Any, scene: Scene, digits: Digits) -> None:
    torch.manual_seed(1)
    images = torch.cat([digits.test_images[:40], torch.rand(20, 1, 28, 28), torch.zeros(1, 1, 28, 28)])
    deep = [models.deep_mlp(2, 20, activation) for activation in ("sigmoid", "tanh")]
    for model in (scene.mlp, scene.cnn, *deep):
        made = frame.evaluate(FORWARD, [neurons_page.layers(model), images.flatten(1).tolist()])
        assert (torch.tensor(made) - model(images).detach()).abs().max() < 1e-4


def test_every_digit_has_the_answer_of_the_network_and_of_the_other_one(frame: Any, scene: Scene) -> None:
    for digit in (0, 7):
        frame.click(f".digits button:nth-child({digit + 1})")
        assert answered(frame) == said(scene.mlp, scene.ten[digit])
        other = said(scene.cnn, scene.ten[digit]).replace("It", "the cnn")
        assert other in frame.locator(".stage-of-digit text").all_text_contents()


def test_a_neuron_is_chosen_by_keys_and_by_mouse_and_taken_apart(frame: Any, scene: Scene) -> None:
    grid, apart = frame.locator(".neuron-grid"), frame.locator(".apart")
    first, hidden = scene.mlp[1], scene.mlp[:3](scene.ten[3:4])[0].detach()
    chosen = int(apart.get_attribute("data-neuron"))
    steps = [("ArrowLeft", -1), ("ArrowUp", -6)] if chosen >= 7 else [("ArrowRight", 1), ("ArrowDown", 6)]
    grid.focus()
    for key, step in steps:
        grid.press(key)
        chosen += step
        assert int(apart.get_attribute("data-neuron")) == chosen
        assert float(apart.get_attribute("data-value")) == pytest.approx(float(hidden[chosen]), abs=1e-5)
    for neuron in (int(hidden.argmax()), int(hidden.argmin())):
        box = grid.bounding_box()
        grid.click(position={"x": (neuron % 6 + 0.5) * box["width"] / 6, "y": (neuron // 6 + 0.5) * box["height"] / 6})
        total = frame.locator(".total").text_content().replace("\N{MINUS SIGN}", "-")
        weighted = float(first.weight[neuron].detach() @ scene.ten[3].flatten())
        before = weighted + float(first.bias[neuron].detach())
        numbers = [weighted, float(first.bias[neuron].detach()), before, max(0.0, before)]
        spoken = total.replace("max(0,", "").translate(str.maketrans(",:()=", "     ")).split()
        found = [float(word) for word in spoken if word[-1].isdigit()]
        assert found == pytest.approx(numbers, rel=1e-3, abs=1e-3)


def test_a_drawing_is_sized_and_moved_as_mnist_was(frame: Any) -> None:
    for strokes in ([SEVEN], TWO_STROKES):
        pixels, places = frame.evaluate(LIKE_MNIST, strokes)
        picture = np.array(pixels).reshape(28, 28)
        assert np.abs(picture - ink(strokes)).max() < 1e-5
        extent = [np.ptp(np.flatnonzero(picture.sum(axis))) + 1 for axis in (0, 1)]
        assert max(extent) == 20
        centre = [(picture.sum(axis) * np.arange(28)).sum() / picture.sum() for axis in (0, 1)]
        assert np.abs(np.array(centre) - 14).max() <= 0.5
        small = [[[x / 2 + 13, y / 2 + 1] for x, y in stroke] for stroke in strokes]
        assert np.abs(np.array(frame.evaluate(LIKE_MNIST, small)[0]) - np.array(pixels)).max() < 1e-5
        inked = [places[i] for i in np.flatnonzero(np.array(pixels) == 1)]  # wholly under the pen, where it was drawn
        assert all(near(strokes, x + size / 2, y + size / 2) < PEN / 2 * size for x, y, size in inked)


def near(strokes: list[list[list[float]]], x: float, y: float) -> float:
    """The distance of a point from a drawing."""
    points = [np.linspace(a, b, 200) for stroke in strokes for a, b in pairwise(stroke)]
    return float(np.hypot(*(np.concatenate(points) - [x, y]).T).min())


def test_a_digit_drawn_with_the_mouse_gets_the_networks_answer(frame: Any, shared_page: Any, scene: Scene) -> None:
    frame.click("text=draw your own")
    assert answered(frame) == said(scene.mlp, torch.zeros(784))
    draw(shared_page, frame, [SEVEN])
    assert answered(frame) == said(scene.mlp, ink([SEVEN])) and "says 7" in answered(frame)
    chosen = int(frame.locator(".apart").get_attribute("data-neuron"))
    held = scene.mlp[:3](torch.tensor(ink([SEVEN])).float().view(1, 1, 28, 28))[0, chosen]
    assert float(frame.locator(".apart").get_attribute("data-value")) == pytest.approx(held.item(), abs=0.02)
    frame.click("text=clear")
    assert frame.locator(".stage-of-digit svg path").count() == 0


def test_drawing_on_a_digit_begins_a_new_one(frame: Any, shared_page: Any, scene: Scene) -> None:
    draw(shared_page, frame, [SEVEN])
    assert answered(frame) == said(scene.mlp, ink([SEVEN]))
    assert frame.locator(".digits button[aria-pressed=true]").count() == 0


def test_a_digit_is_drawn_with_keys_alone(frame: Any, shared_page: Any, scene: Scene) -> None:
    frame.locator("text=draw your own").press("Enter")
    keyboard = shared_page.keyboard
    for key, times in (("ArrowLeft", 6), (" ", 1), ("ArrowRight", 12), ("ArrowDown", 17), (" ", 1), ("ArrowUp", 3)):
        for _ in range(times):
            keyboard.press(key)
    drawn = [[[8.0, 5.0], [20.0, 5.0], [20.0, 22.0]]]
    assert answered(frame) == said(scene.mlp, ink(drawn))
    keyboard.press("Delete")
    assert answered(frame) == said(scene.mlp, torch.zeros(784))


def test_a_finger_draws_once_it_is_asked_to(frame: Any, shared_page: Any, scene: Scene) -> None:
    hand = shared_page.context.new_cdp_session(shared_page)

    def touch(kind: str, *points: list[float]) -> None:
        touched = [dict(zip("xy", place(frame, point), strict=True)) for point in points]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})

    def finger() -> None:
        touch("touchStart", SEVEN[0])
        for start, end in pairwise(SEVEN):
            for part in np.linspace(0.2, 1, 5):
                touch("touchMove", [a + (b - a) * part for a, b in zip(start, end, strict=True)])
        touch("touchEnd")

    finger()
    assert answered(frame) == said(scene.mlp, scene.ten[3])
    frame.click("text=draw your own")
    finger()
    assert answered(frame) == said(scene.mlp, ink([SEVEN]))


def test_it_plays_once_and_ends_complete(page: Any, scene: Scene) -> None:
    record(page, "Number(document.querySelector('.stage-of-digit > .drawing').dataset.progress)")
    frame = opened(page, scene.url, "no-preference")
    frame.wait_for_function("seen.some((progress) => progress < 0.9) && seen.at(-1) === 1", timeout=WAIT)
    frame.evaluate("seen.length = 0")
    frame.click("text=forward")
    frame.wait_for_function("seen.some((progress) => progress < 0.9)", timeout=WAIT)
    frame.click(".digits button:nth-child(1)")
    assert answered(frame) == said(scene.mlp, scene.ten[0])


def test_less_motion_is_none(frame: Any) -> None:
    frame.click("text=forward")
    assert frame.locator(".stage-of-digit > .drawing").get_attribute("data-progress") == "1"


def test_the_templates_are_a_card(frame: Any) -> None:
    assert frame.locator("[data-kind=maps] canvas").get_attribute("aria-label") == "All 36 templates"
    assert frame.locator("[data-kind=bars] text").count() == 20

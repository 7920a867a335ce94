"""How the Neurons view draws and names layers: pictures as pictures, and each neuron as what it is made of."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import neuron_logs
import pytest
import torch
from patience import WAIT
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from torchdemos import watch
from torchdemos.board import Board
from torchdemos.lab import models
from torchdemos.lab.data import Digits
from torchdemos.lab.demos import one_neuron
from torchdemos.log import tags

from .test_neurons_tab import click, numbers, opened, value

CHOOSE = """async (select, run) => {
  select.value = [...select.options].find((option) => option.textContent === run).value;
  delete document.querySelector(".neurons").dataset.step;
  select.dispatchEvent(new Event("change", {bubbles: true}));
}"""


class Scene(NamedTuple):
    tab: Any
    mlp: nn.Sequential
    watched: nn.Sequential
    ten: Tensor
    first: Tensor


def seeded(*layers: nn.Module) -> nn.Sequential:
    """The same layers, with the same weights in every run of this test."""
    torch.manual_seed(0)
    for layer in layers:
        if isinstance(layer, (nn.Linear, nn.Conv2d)):
            layer.reset_parameters()
    return nn.Sequential(*layers)


def watch_once(model: nn.Module, folder: Path, images: Tensor) -> None:
    with watch(model, folder, detail="pictures")(0):
        cross_entropy(model(images), torch.zeros(len(images), dtype=torch.long)).backward()


@pytest.fixture(scope="module")
def scene(
    tmp_path_factory: pytest.TempPathFactory,
    digits: Digits,
    tensorboard: Callable[[Path], str],
    shared_page: Any,
) -> Scene:
    folder, ten, first = tmp_path_factory.mktemp("layers"), neuron_logs.ten_of(digits), digits.train_images[:4]
    torch.manual_seed(0)
    mlp, small = models.mlp(), models.mlp(20)
    watched = seeded(
        *(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(4 * 13 * 13, 20), nn.Tanh(), nn.Linear(20, 10)),
    )
    with Board(folder / "run") as board:
        for name, model in (("0_mlp", mlp), ("1_small", small), ("2_cnn", neuron_logs.cnn(0))):
            variant = board.variant(name)
            for step in (0, 5):
                variant.log(step, blobs={tags.NEURONS: one_neuron.snapshot_of(model, ten, "0123456789")})
                with torch.no_grad():
                    model.out.bias += 1
            with torch.no_grad():
                model.out.bias -= 1
        board.variant("3_old").log(0, blobs={tags.NEURONS: neuron_logs.snapshot_of(mlp, ten)})
        watch_once(watched, folder / "run" / "4_watched", first)
        watch_once(models.deep_mlp(25, 12, "relu"), folder / "run" / "5_deep", first)
        url = tensorboard(board.folder)
    shared_page.set_viewport_size({"width": 1280, "height": 720})
    return Scene(opened(shared_page, url), mlp, watched, ten, first[:1])


def show(scene: Scene, run: str) -> Any:
    scene.tab.locator(".neurons select").first.evaluate(CHOOSE, run)
    scene.tab.wait_for_selector(".neurons[data-step]", timeout=WAIT)
    return scene.tab


def made(tab: Any) -> tuple[str, list[float]]:
    """How the chosen neuron is made: the words, and the numbers after the colon."""
    words = str(tab.locator(".detail .made").inner_text())
    return words, numbers(words.rpartition(": ")[2])


@pytest.mark.parametrize("run", ["0_mlp", "3_old"])
def test_the_pixels_of_an_mlp_are_a_picture(scene: Scene, run: str) -> None:
    tab = show(scene, run)
    pixels = tab.locator("canvas[data-layer='input']")
    assert pixels.get_attribute("data-drawn") == pixels.get_attribute("data-columns") == "1"
    assert "1 map of 28 \N{MULTIPLICATION SIGN} 28" in pixels.get_attribute("aria-label")
    assert tab.locator(".samples button").count() == 10
    click(tab, "fc1", 21)
    picture = tab.locator("canvas[data-picture='inputs']").bounding_box()
    assert picture["width"] == picture["height"]


def test_what_was_flattened_is_drawn_as_before(scene: Scene) -> None:
    tab = show(scene, "4_watched")
    pooled, flattened = (tab.locator(f"canvas[data-layer='{layer}']") for layer in (2, 3))
    assert "4 maps of 13 \N{MULTIPLICATION SIGN} 13" in flattened.get_attribute("aria-label")
    colours = "canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data].join()"
    assert flattened.evaluate(colours) == pooled.evaluate(colours)


def test_layers_that_have_only_numbers_are_named_by_their_kind(scene: Scene) -> None:
    tab = show(scene, "4_watched")
    assert tab.locator(".layer-name b").all_inner_texts() == [
        *("input", "0 (Conv2d 1 → 4)", "1 (ReLU)", "2 (MaxPool2d)", "3 (Flatten)"),
        *("4 (Linear 676 → 20)", "5 (Tanh)", "6 (Linear 20 → 10)"),
    ]
    show(scene, "0_mlp")
    assert tab.locator(".layer-name b").all_inner_texts() == ["input", "fc1", "relu1", "out"]
    click(tab, "fc1", 2)
    assert tab.locator(".detail h2").inner_text().startswith("fc1 (Linear 784 → 36)")


def test_an_activation_says_what_it_makes_of_its_input(scene: Scene) -> None:
    before = scene.mlp[:2](scene.ten[:1])[0]
    tab = show(scene, "0_mlp")
    for neuron in (int(before.argmin()), int(before.argmax())):
        click(tab, "relu1", neuron)
        words, found = made(tab)
        given = float(before[neuron].detach())
        assert "fc1 at the same place is" in words and "max(0, " in words
        assert found == pytest.approx([0, given, max(given, 0)], rel=1e-3)
    show(scene, "4_watched")
    click(tab, "5", 3)
    given = float(scene.watched[:5](scene.first)[0, 3].detach())
    assert "tanh(" in made(tab)[0] and made(tab)[1] == pytest.approx([given, math.tanh(given)], rel=1e-3)


def test_a_pooling_neuron_is_the_largest_of_a_window_that_is_marked(scene: Scene) -> None:
    tab = show(scene, "4_watched")
    map_number, row, column = 1, 6, 5
    click(tab, "2", (map_number * 13 + row) * 13 + column, 13, 13)
    window = scene.watched[:2](scene.first)[0, map_number, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2].detach()
    words, found = made(tab)
    assert words.startswith("The largest of 4 values of 1 (ReLU)")
    assert found == pytest.approx([*window.flatten().tolist(), float(window.max())], rel=1e-3)
    assert tab.locator(".layer:nth-child(3) .window").count() == 1  # the input is the first row


def test_another_run_never_keeps_a_neuron_that_it_does_not_have(scene: Scene) -> None:
    tab = show(scene, "0_mlp")
    click(tab, "fc1", 5)
    show(scene, "1_small")
    assert tab.locator(".detail").get_attribute("data-index") == "5"
    show(scene, "0_mlp")
    click(tab, "relu1", 30)
    show(scene, "1_small")
    assert tab.locator(".detail").get_attribute("data-layer") == "fc1" and value(tab) > 0


def test_a_tooltip_follows_the_step(scene: Scene, shared_page: Any) -> None:
    tab = show(scene, "0_mlp")
    tab.locator("canvas[data-layer='out']").hover(position={"x": 8, "y": 8})
    tip = ".tooltip:not([hidden])"
    last = numbers(tab.locator(tip).inner_text().partition(": ")[2])[0]
    tab.evaluate("() => document.querySelector('input[type=range]').focus()")
    shared_page.keyboard.press("ArrowLeft")
    tab.wait_for_selector(".neurons[data-step='0']", timeout=WAIT)
    before = numbers(tab.locator(tip).inner_text().partition(": ")[2])[0]
    shared_page.keyboard.press("ArrowRight")
    tab.wait_for_selector(".neurons[data-step='5']", timeout=WAIT)
    assert last - before == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(("run", "layer"), [("0_mlp", "out"), ("2_cnn", "out"), ("4_watched", "6"), ("5_deep", "out")])
def test_the_outputs_are_on_the_first_screen_of_a_laptop(scene: Scene, run: str, layer: str) -> None:
    box = show(scene, run).locator(f"canvas[data-layer='{layer}']").bounding_box()
    assert box["y"] + box["height"] < 720

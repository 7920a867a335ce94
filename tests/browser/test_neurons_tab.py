"""The Neurons tab as people use it: look, point, click, step, compare."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import answer_tab
import neuron_logs
import pytest
import torch
from patience import WAIT
from torch import Tensor, nn

from torchdemos.board import Board
from torchdemos.lab.data import Digits
from torchdemos.log import tags
from torchdemos.pictures import colour


class Scene(NamedTuple):
    """A TensorBoard, what it shows, and the board behind it."""

    url: str
    model: nn.Sequential
    images: Tensor
    board: Board
    digits: Digits


@pytest.fixture(scope="module")
def scene(
    tmp_path_factory: pytest.TempPathFactory,
    digits: Digits,
    tensorboard: Callable[[Path], str],
) -> Iterator[Scene]:
    model = neuron_logs.cnn(0)
    with Board(tmp_path_factory.mktemp("tab") / "run") as board:
        neuron_logs.train(board.variant("0_cnn"), model, digits)
        neuron_logs.train(board.variant("1_other"), neuron_logs.cnn(1), digits, steps=(0, 5))
        neuron_logs.gradients(board.variant("2_vanish"), -0.5)
        neuron_logs.gradients(board.variant("2.theory"), -0.5)
        neuron_logs.gradients(board.variant("3_explode"), 0.5)
        url = tensorboard(board.folder)
        yield Scene(url, model, neuron_logs.ten_of(digits), board, digits)


def opened(page: Any, url: str, ready: str = "[data-step]") -> Any:
    """The frame of the tab, once it has drawn the view of the neurons."""
    frame = answer_tab.opened(page, url)
    frame.click("[role='tab']:has-text('Neurons')", timeout=WAIT)
    frame.wait_for_selector(ready, timeout=WAIT)
    return frame


def outputs(scene: Scene) -> dict[str, Tensor]:
    """What each layer of the model makes of the ten digits."""
    found, x = {"input": scene.images}, scene.images
    with torch.no_grad():
        for name, layer in scene.model.named_children():
            found[name] = x = layer(x)
    return found


def click(frame: Any, layer: str, index: int, h: int = 1, w: int = 1, network: int = 0) -> None:
    """Click on a neuron, at the place that its number says."""
    canvas = frame.locator(f".network:nth-child({network + 1}) canvas[data-layer='{layer}']")
    size, gap, columns = (float(canvas.get_attribute(f"data-{name}")) for name in ("size", "gap", "columns"))
    place, row, column = index // (h * w), index // w % h, index % w
    x = place % columns * (w * size + gap) + (column + 0.5) * size
    y = place // columns * (h * size + gap) + (row + 0.5) * size
    canvas.click(position={"x": x, "y": y})
    frame.wait_for_selector(f".detail[data-layer='{layer}'][data-index='{index}']", timeout=WAIT)


def value(frame: Any) -> float:
    return float(frame.locator(".detail").first.get_attribute("data-value"))


def numbers(text: str) -> list[float]:
    """All numbers in a text of the page, which writes a true minus sign."""
    return [float(found) for found in re.findall(r"-?[\d.]*\d(?:e-?\d+)?", text.replace("\N{MINUS SIGN}", "-"))]


def test_the_first_sight_is_the_strongest_neuron_of_the_first_layer_at_the_end_of_training(
    shared_page: Any, scene: Scene
) -> None:
    frame = opened(shared_page, scene.url)
    recorded = outputs(scene)["conv1"][0].flatten()
    chosen = frame.locator(".detail")
    assert chosen.get_attribute("data-layer") == "conv1"
    assert int(chosen.get_attribute("data-index")) == int(recorded.argmax())
    assert frame.locator("[data-sample]").get_attribute("data-step") == "20"
    assert frame.locator("canvas[data-layer]").count() == 10  # the input and nine layers


@pytest.mark.parametrize(
    ("layer", "index", "inputs"), [("conv1", 3 * 576 + 5 * 24 + 7, 25), ("conv2", 9 * 64 + 27, 200), ("fc1", 17, 256)]
)
def test_a_neuron_that_was_clicked_is_the_models_to_the_last_weight(
    shared_page: Any, scene: Scene, layer: str, index: int, inputs: int
) -> None:
    frame = opened(shared_page, scene.url)
    frame.click("button[aria-label='digit 7']")
    frame.wait_for_selector("[data-sample='7']")
    recorded = outputs(scene)[layer][7]
    h, w = recorded.shape[1:] if recorded.dim() == 3 else (1, 1)
    click(frame, layer, index, h, w)
    assert value(frame) == pytest.approx(recorded.flatten()[index].item(), rel=1e-5)

    module = scene.model.get_submodule(layer)
    unit = index // (h * w)
    words = frame.locator(".sum").inner_text()
    found = numbers(words)
    bias = module.bias[unit].item()
    assert found[0] == inputs and "differs" not in words
    assert found[1:] == pytest.approx([value(frame) - bias, bias, value(frame), value(frame)], rel=1e-3, abs=2e-4)

    frame.locator("canvas[data-picture='weights']").hover(position={"x": 3, "y": 3})
    frame.wait_for_selector(".tooltip:not([hidden])")
    weight = module.weight[unit].flatten()[0].item()
    assert numbers(frame.locator(".tooltip").inner_text().split("\N{MULTIPLICATION SIGN} ")[1])[0] == pytest.approx(
        weight, rel=1e-3
    )


def test_pointing_at_a_neuron_says_where_it_is_and_what_its_value_is(shared_page: Any, scene: Scene) -> None:
    frame = opened(shared_page, scene.url)
    frame.locator("canvas[data-layer='out']").hover(position={"x": 4, "y": 4})
    expected = outputs(scene)["out"][0, 0].item()
    place, told = frame.locator(".tooltip").inner_text().split(": ")
    assert place == "unit 0"
    assert numbers(told) == pytest.approx([expected], rel=1e-3)


def test_a_layer_without_weights_tells_of_the_layer_before(shared_page: Any, scene: Scene) -> None:
    frame = opened(shared_page, scene.url)
    click(frame, "relu3", 4)
    before, after = (outputs(scene)[layer][0, 4].item() for layer in ("fc1", "relu3"))
    assert value(frame) == pytest.approx(after)
    text = frame.locator(".detail p").last.inner_text()
    assert text.startswith("relu3 has no weights of its own. fc1 at the same place")
    assert numbers(text.split("place: ")[1])[0] == pytest.approx(before, rel=1e-3)


def test_stepping_through_training_keeps_the_neuron(shared_page: Any, scene: Scene) -> None:
    frame = opened(shared_page, scene.url)
    click(frame, "fc1", 17)
    last = value(frame)
    frame.locator("input[type='range']").focus()
    shared_page.keyboard.press("ArrowLeft")
    frame.wait_for_selector("[data-step='5'][data-sample]", timeout=WAIT)
    assert frame.locator(".detail").get_attribute("data-index") == "17"
    assert value(frame) != last
    frame.click("button[aria-label='play through training']")
    frame.wait_for_selector("[data-step='20'][data-sample]", timeout=WAIT)
    assert value(frame) == last


def test_arrow_keys_walk_from_neuron_to_neuron(shared_page: Any, scene: Scene) -> None:
    frame = opened(shared_page, scene.url)
    click(frame, "conv1", 24 * 24 - 1, 24, 24)
    for key, index in (("ArrowRight", 576 + 23 * 24), ("ArrowUp", 576 + 22 * 24), ("ArrowLeft", 23 * 24 - 1)):
        shared_page.keyboard.press(key)
        frame.wait_for_selector(f".detail[data-index='{index}']", timeout=WAIT)
        recorded = outputs(scene)["conv1"][0].flatten()[index].item()
        assert value(frame) == pytest.approx(recorded, rel=1e-5)


def test_two_runs_side_by_side_share_their_colours(shared_page: Any, scene: Scene) -> None:
    frame = opened(shared_page, scene.url)
    click(frame, "fc1", 17)
    frame.locator("select").nth(1).select_option(label="1_other")
    frame.wait_for_selector(".network:nth-child(2)", timeout=WAIT)
    assert frame.locator(".network h3").all_inner_texts() == ["0_cnn, step 20", "1_other, step 5"]
    scales = [network.locator(".layer-name div small").all_inner_texts() for network in frame.locator(".network").all()]
    assert scales[0] == scales[1]
    frame.wait_for_selector(".detail:nth-child(2)", timeout=WAIT)
    values = [float(one.get_attribute("data-value")) for one in frame.locator(".detail").all()]
    assert values[0] == pytest.approx(outputs(scene)["fc1"][0, 17].item(), rel=1e-5)
    assert values[1] != values[0]


def test_the_tab_is_dark_when_tensorboard_is(page: Any, scene: Scene) -> None:
    frame = opened(page, scene.url)
    background = "getComputedStyle(document.body).backgroundColor"
    light = frame.evaluate(background)
    page.evaluate("document.body.classList.add('dark-mode')")
    frame.wait_for_selector("html.dark")
    assert [light, frame.evaluate(background)] == ["rgb(255, 255, 255)", "rgb(48, 48, 48)"]


def test_gradients_are_shown_by_layer_and_step_beside_their_prediction(shared_page: Any, scene: Scene) -> None:
    frame = opened(shared_page, scene.url)
    frame.click("[role='tab']:has-text('Gradient flow')")
    canvas = frame.locator(".heatmap canvas[data-drawn='8']").first
    canvas.wait_for(timeout=WAIT)
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 10.5 / 20, "y": 5})
    frame.wait_for_selector(".gradients[data-step='10']", timeout=WAIT)
    pointed = frame.locator(".gradients .tooltip").inner_text()
    assert numbers(pointed)[:4] == [1, 10, -3.5, -3.5]  # fc1, step 10: measured, predicted
    assert pointed.endswith("; 10⁻³·⁵ of the last layer's")
    shared_page.keyboard.press("ArrowRight")
    frame.wait_for_selector(".gradients[data-step='11']", timeout=WAIT)
    profile = frame.locator(".gradients .details").text_content()
    assert "step 11" in profile and "measured" in profile and "predicted" in profile


def test_gradients_begin_with_two_runs_side_by_side_and_can_be_seen_alone(shared_page: Any, scene: Scene) -> None:
    frame = opened(shared_page, scene.url)
    frame.click("[role='tab']:has-text('Gradient flow')")
    frame.wait_for_selector(".heatmap:nth-child(2)", timeout=WAIT)
    assert frame.locator(".heatmap h3").all_inner_texts() == ["2_vanish", "3_explode"]
    named = ["2_vanish, measured", "2_vanish, predicted", "3_explode, measured"]
    assert [name.strip() for name in frame.locator(".gradients .keys button").all_inner_texts()] == named
    frame.locator("select").nth(1).select_option(label="nothing")
    frame.wait_for_selector(".heatmap:only-child", timeout=WAIT)


def test_up_to_four_variants_are_side_by_side_on_one_scale(
    page: Any, tmp_path: Path, tensorboard: Callable[[Path], str]
) -> None:
    with Board(tmp_path / "run") as board:
        for name, factor in (("0_a", -0.5), ("1_b", 0.0), ("2_c", 0.5), ("3_d", 2.0), ("4_e", 1.0)):
            variant = board.variant(name)
            neuron_logs.gradients(variant, factor)
            variant.log(20, {f"{tags.NONFINITE_GRADIENT}/{tags.layer(0, 'fc1')}": 1.0})
    frame = opened(page, tensorboard(board.folder), ready="[role='tab']")
    frame.click("[role='tab']:has-text('Gradient flow')")
    frame.wait_for_selector(".heatmap:nth-child(4)", timeout=WAIT)
    assert frame.locator(".heatmap h3").all_inner_texts() == ["0_a", "1_b", "2_c", "3_d"]
    corner = "canvas => [...canvas.getContext('2d').getImageData(1, 1, 1, 1).data].slice(0, 3)"
    colours = [canvas.evaluate(corner) for canvas in frame.locator(".heatmap canvas").all()]
    vanishes, flows, explodes, beyond = (colour.signed(torch.tensor(x), 6.0) * 255 for x in (-3.5, 0.0, 3.5, 6.0))
    for drawn, expected in zip(colours, (vanishes, flows, explodes, beyond), strict=True):
        assert (torch.tensor(drawn) - expected.flatten()).abs().max() <= 1
    box = frame.locator(".heatmap canvas").nth(1).bounding_box()
    frame.locator(".heatmap canvas").nth(1).hover(position={"x": box["width"] - 2, "y": 2})
    assert frame.locator(".gradients .tooltip").inner_text() == "fc1, step 20: not finite"


def test_colours_are_those_of_the_pictures(shared_page: Any, scene: Scene) -> None:
    frame = opened(shared_page, scene.url)
    values = [-9.0, -2.0, -1.0, -0.3, 0.0, 0.7, 1.0, 2.0, float("nan")]
    named = "values => import('./static/colours.js').then((c) => values.map((x) => [c.signed(x, 2), c.viridis(x)]))"
    found = frame.evaluate(named, values)
    exact = torch.tensor(values, dtype=torch.float64)
    for drawn, expected in zip(
        zip(*found, strict=True), (colour.signed(exact, 2.0), colour.sequential(exact, 0, 1)), strict=True
    ):
        assert (torch.tensor(drawn).T - expected * 255).abs().max() <= 0.51


def test_a_log_without_neurons_says_how_to_get_some(page: Any, scene: Scene) -> None:
    page.route("**/torchdemos/index?", lambda route: route.fulfill(json={"neurons": [], "gradients": []}))
    frame = opened(page, scene.url, ready="[data-problem]")
    assert 'detail="pictures"' in frame.locator("[data-problem]").inner_text()
    assert not frame.locator(".controls").is_visible()
    frame.click("[role='tab']:has-text('Gradient flow')")
    assert "torchdemos gradient-flow" in frame.locator("[data-problem]").inner_text()


def test_a_server_that_is_gone_is_a_sentence(chromium: Any, scene: Scene) -> None:
    page = chromium.new_page()
    page.route("**/torchdemos/index?", lambda route: route.fulfill(status=500, body="<b>broken</b>"))
    frame = opened(page, scene.url, ready="[role='alert']:has-text('does not answer')")
    assert frame.locator("[role='alert']").inner_text().endswith("<b>broken</b>")
    page.close()


def test_a_reload_shows_what_was_logged_since(shared_page: Any, scene: Scene) -> None:
    frame = opened(shared_page, scene.url)
    runs = frame.locator("select").first.locator("option").count()
    neuron_logs.train(scene.board.variant(f"4_late_{runs}"), neuron_logs.cnn(2), scene.digits, steps=(0,))
    answer_tab.wait_for_runs(scene.url, scene.board.folder)
    shared_page.locator("app-header-reload button, button.reload-button").first.click()
    frame.wait_for_function("n => document.querySelector('select').options.length > n", arg=runs, timeout=WAIT)

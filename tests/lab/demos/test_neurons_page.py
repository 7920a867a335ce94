"""The page of "What is a neuron?": its numbers are the run's own, and its weights are all that a forward pass needs."""

import base64
import json
import math
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from torchdemos.lab import data, models
from torchdemos.lab.data import Digits
from torchdemos.lab.demos import neurons_page
from torchdemos.lab.demos.answer import Told


def seeded(name: str) -> nn.Sequential:
    torch.manual_seed(0)
    return {"cnn": models.cnn, "mlp": models.mlp}[name]()


def told(digits: Digits, *names: str, accuracy: float = 0.891) -> Told:
    variants: Any = [SimpleNamespace(name=name, model=seeded(name), accuracy=accuracy) for name in names]
    return neurons_page.told(variants, data.probe(digits), digit=3)


def floats(packed: str) -> NDArray[np.float64]:
    return np.frombuffer(base64.b64decode(packed), "<f4").astype(np.float64)


def test_the_mlp_of_the_page_names_a_digit_as_pytorch_does(digits: Digits) -> None:
    first, relu, last = told(digits, "cnn", "mlp").hero["networks"][0]["layers"]
    image = data.probe(digits)[3]
    hidden = floats(first["weights"]).reshape(first["shape"]) @ image.flatten().double().numpy() + floats(first["bias"])
    made = floats(last["weights"]).reshape(last["shape"]) @ np.maximum(hidden, 0) + floats(last["bias"])
    assert (first["kind"], relu, last["kind"]) == ("Linear", {"kind": "ReLU"}, "Linear")
    assert made == pytest.approx(seeded("mlp")(image[None])[0].tolist(), abs=1e-5)


def test_the_last_network_is_drawn_and_the_other_one_answers_too(digits: Digits) -> None:
    networks = told(digits, "cnn", "mlp").hero["networks"]
    assert [network["name"] for network in networks] == ["mlp", "cnn"]
    assert [layer["kind"] for layer in networks[1]["layers"]] == [
        *("Conv2d", "ReLU", "MaxPool2d") * 2, "Linear", "ReLU", "Linear",
    ]  # fmt: skip


def test_the_digits_are_those_of_the_test_set_byte_by_byte(digits: Digits) -> None:
    packed = np.frombuffer(base64.b64decode(told(digits, "mlp").hero["digits"]), np.uint8)
    assert torch.equal(torch.tensor(packed.astype(np.float32) / 255).view(10, 1, 28, 28), data.probe(digits))


@pytest.mark.parametrize("name", ["cnn", "mlp"])
def test_the_answer_has_the_numbers_of_the_strongest_neuron_and_of_the_outputs(name: str, digits: Digits) -> None:
    page, model, image = told(digits, name), seeded(name), data.probe(digits)[3:4]
    hidden, outputs = model[:-1](image)[0].detach(), model(image)[0].tolist()
    chosen, said = int(hidden.argmax()), int(np.argmax(outputs))
    share = math.exp(outputs[said]) / sum(math.exp(value) for value in outputs)
    assert page.hero["chosen"] == chosen and page.hero["digit"] == 3
    assert re.findall(r"\*\*(.+?)\*\*", page.answer) == [
        f"neuron {chosen}", f"{float(hidden[chosen]):.3g}", f"{said} ({100 * share:.0f} %)", "89 %",
    ]  # fmt: skip


def test_the_cards_are_the_templates_and_one_neuron_for_ten_digits(digits: Digits) -> None:
    templates, ten = told(digits, "mlp").cards
    shades = np.frombuffer(base64.b64decode(templates["data"]["shades"]), np.int8)
    weights = seeded("mlp").fc1.weight.detach().flatten().numpy()
    assert templates["data"]["shape"] == [36, 28, 28] and abs(np.corrcoef(shades, weights)[0, 1] - 1) < 0.001
    chosen = told(digits, "mlp").hero["chosen"]
    held = seeded("mlp")[:-1](data.probe(digits))[:, chosen].detach()
    assert [bar["value"] for bar in ten["data"]["bars"]] == pytest.approx(held.tolist(), rel=1e-4)


def test_a_network_that_is_not_finite_says_so(digits: Digits) -> None:
    variant: Any = SimpleNamespace(name="mlp", model=seeded("mlp"), accuracy=math.nan)
    nn.init.constant_(variant.model.fc1.weight, math.nan)
    page = neurons_page.told([variant], data.probe(digits), digit=3)
    assert "say nothing, because they are not numbers" in page.answer


def test_the_page_stays_small(digits: Digits) -> None:
    page = told(digits, "cnn", "mlp")
    assert len(json.dumps([page.hero, page.cards])) < 400_000


def test_a_layer_that_the_page_cannot_compute_is_named() -> None:
    with pytest.raises(TypeError, match="GELU"):
        neurons_page.layers(nn.Sequential(nn.Linear(2, 2), nn.GELU()))

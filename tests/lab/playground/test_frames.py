"""The neurons of a frame are those of the network, computed by hand."""

import json

import numpy as np
import pytest

from torchdemos.lab.data import Digits
from torchdemos.lab.playground import frames, networks, shown
from torchdemos.lab.playground.settings import Settings
from torchdemos.lab.playground.training import digest

SETTINGS = Settings(depth=3, width=6, activation="tanh")


def test_each_row_holds_the_values_of_its_layer(digits: Digits) -> None:
    seen = shown.shown({"test": 3}, digits)
    model = networks.network(SETTINGS, 0, seen.image)
    before = digest(model.parameters())
    found, shares = frames.neurons(model, seen)
    values, expected = seen.image.numpy().ravel().astype(np.float64), []
    expected.append(values)
    for name in ("fc1", "fc2", "out"):
        layer = model.get_submodule(name)
        values = layer.weight.detach().double().numpy() @ values + layer.bias.detach().double().numpy()
        values = values if name == "out" else np.tanh(values)
        expected.append(values)
    for row, numbers, hand in zip(networks.rows(model, SETTINGS), found, expected, strict=True):
        assert np.frombuffer(numbers, "<f4") == pytest.approx(hand, abs=1e-5)
        assert len(numbers) == 4 * np.prod([row["kept"], *row["shape"][1:]])
    assert shares == pytest.approx(np.exp(values) / np.exp(values).sum(), rel=1e-4)
    assert digest(model.parameters()) == before and all(p.grad is None for p in model.parameters())


def test_a_snapshot_knows_what_every_neuron_is_made_of(digits: Digits) -> None:
    seen = shown.shown({"test": 3}, digits)
    model = networks.network(SETTINGS, 0, seen.image)
    index = json.loads(frames.blobs(model, seen)[0])
    assert index["samples"] == [seen.words]
    assert [layer["name"] for layer in index["layers"]] == ["input", *dict(model.named_children())]
    assert index["layers"][1]["shape"] == [1, 28, 28]
    assert [layer["name"] for layer in index["layers"] if "sum" in layer] == ["fc1", "fc2", "out"]

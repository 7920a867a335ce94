"""A look drawn: the snapshot of a watched model shows what the model computed, with the weights it computed it with."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from small import backward, digits, small
from torch import nn

from torchdemos import watch
from torchdemos.view import events


def read(blobs: list[bytes], place: int) -> list[float]:
    return np.frombuffer(zlib.decompress(blobs[place]), "<f4").tolist()


def test_a_training_step_leaves_the_weights_that_made_its_values(tmp_path: Path) -> None:
    model = small()
    before, values = model[0].weight.detach().clone(), model[0](digits()[0])[0].tolist()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    with watch(model, tmp_path / "mine", detail="pictures")(0):
        backward(model)
        optimizer.step()
    ((_, blobs),) = events.read(tmp_path / "mine").neurons["neurons"]
    given, first, *_ = json.loads(blobs[0])["layers"]
    assert read(blobs, given["values"]) == digits()[0][0].tolist()
    assert read(blobs, first["values"]) == pytest.approx(values)
    assert read(blobs, first["sum"]["weights"]) == before.flatten().tolist() != model[0].weight.flatten().tolist()


def test_what_is_flattened_stays_a_picture(tmp_path: Path) -> None:
    model = nn.Sequential(nn.MaxPool2d(2), nn.Flatten(), nn.Linear(196, 3))
    with watch(model, tmp_path / "mine", detail="pictures")(0):
        model(torch.rand(2, 1, 28, 28)).sum().backward()
    ((_, blobs),) = events.read(tmp_path / "mine").neurons["neurons"]
    layers = json.loads(blobs[0])["layers"]
    assert [found["shape"] for found in layers] == [[1, 28, 28], [1, 14, 14], [1, 14, 14], [3]]
    assert [found.get("kind") for found in layers] == [None, "MaxPool2d", "Flatten", "Linear"]


def test_each_of_several_models_has_snapshots_of_its_own(tmp_path: Path) -> None:
    model = small()
    with watch(model, tmp_path / "mine", detail="pictures", prefix="generator")(0):
        backward(model)
    assert list(events.read(tmp_path / "mine").neurons) == ["generator_neurons"]


def test_without_pictures_there_are_no_snapshots(tmp_path: Path) -> None:
    model = small()
    with watch(model, tmp_path / "mine", detail="histograms")(0):
        backward(model)
    assert not events.read(tmp_path / "mine").neurons


def test_token_numbers_are_no_neurons(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 2))
    with watch(model, tmp_path / "mine", detail="pictures")(0):
        model(torch.tensor([[1, 2, 3]])).sum().backward()
    ((_, blobs),) = events.read(tmp_path / "mine").neurons["neurons"]
    assert [found["name"] for found in json.loads(blobs[0])["layers"]] == ["0", "1"]

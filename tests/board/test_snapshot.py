"""Snapshots hold every neuron's value, and enough to make each from its inputs again."""

import json
import math
import zlib
from typing import Any

import numpy as np
import pytest
import torch
from neuron_logs import cnn, snapshot_of
from torch import Tensor, nn
from torch.testing import assert_close

from torchdemos.board import snapshot
from torchdemos.board.snapshot import Call, sum_of


def read(blobs: list[bytes], place: int) -> Tensor:
    return torch.from_numpy(np.frombuffer(zlib.decompress(blobs[place]), "<f4").copy())


def layers_of(blobs: list[bytes]) -> list[dict[str, Any]]:
    return json.loads(blobs[0])["layers"]


def noise(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def layer(module: nn.Module, x: Tensor, name: str = "fc") -> list[dict[str, Any]]:
    weights = {f"{name}.{key}": p.detach() for key, p in module.named_parameters()}
    return layers_of(snapshot.take([Call(name, x, module(x).detach(), sum_of(name, module, weights))], ["a"]))


def test_values_are_those_of_the_model_bit_by_bit() -> None:
    model, images = cnn(0), noise(3, 1, 28, 28)
    blobs = snapshot_of(model, images, "012")
    first = next(found for found in layers_of(blobs) if found["name"] == "conv1")
    assert first["shape"] == [8, 24, 24] and first["kept"] == 8
    assert torch.equal(read(blobs, first["values"]).view(3, 8, 24, 24), model.conv1(images))


def test_every_sum_can_be_made_again_from_what_is_in_the_snapshot() -> None:
    blobs = snapshot_of(cnn(0), noise(2, 1, 28, 28), "01")
    layers = layers_of(blobs)
    for found in [found for found in layers if "sum" in found]:
        how = found["sum"]
        given = layers[how["from"]]
        inputs = read(blobs, given["values"]).view(2, *given["shape"]).double()
        weights, bias = read(blobs, how["weights"]).view(how["shape"]).double(), read(blobs, how["bias"]).double()
        if how["kind"] == "convolution":
            made = nn.functional.conv2d(inputs, weights, bias, how["stride"], how["padding"], how["dilation"])
        else:
            made = inputs.reshape(2, -1) @ weights.T + bias
        assert_close(read(blobs, found["values"]).view_as(made), made.float())


def test_the_first_layer_is_the_input_and_later_ones_come_from_the_layer_before() -> None:
    layers = layers_of(snapshot_of(cnn(0), noise(1, 1, 28, 28), "0"))
    names = [found["name"] for found in layers]
    sources = {found["name"]: names[found["sum"]["from"]] for found in layers if "sum" in found}
    assert names[0] == "input"
    assert sources == {"conv1": "input", "conv2": "pool1", "fc1": "pool2", "out": "relu3"}


def test_a_layer_without_weights_has_its_kind_its_window_and_the_layer_it_takes_from() -> None:
    model, x = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d((2, 3), 2, (1, 0))), noise(1, 1, 8, 9)
    calls = []
    for name, module in model.named_children():
        y = module(x).detach()
        calls.append(Call(name, x, y, sum_of(name, module, dict(model.named_parameters())), module))
        x = y
    given, convolution, relu, pool = layers_of(snapshot.take(calls, ["a"]))
    assert "kind" not in given and convolution["kind"] == "Conv2d" and convolution["sum"]["from"] == 0
    assert (relu["kind"], relu["from"], "window" in relu) == ("ReLU", 1, False)
    assert (pool["kind"], pool["from"]) == ("MaxPool2d", 2)
    assert pool["window"] == {"size": [2, 3], "stride": [2, 2], "padding": [1, 0]}


def test_what_a_layer_takes_from_outside_the_log_is_not_guessed() -> None:
    x = noise(1, 4)
    calls = [Call("a", x, x + 1, None, nn.Tanh()), Call("b", x * 2, (x * 2).relu(), None, nn.ReLU())]
    assert [found.get("from") for found in layers_of(snapshot.take(calls, ["a"]))] == [None, 0, None]


def test_what_was_only_flattened_keeps_the_shape_of_the_picture() -> None:
    picture = noise(2, 3, 4, 4)
    assert torch.equal(snapshot.unflattened(picture, picture.flatten(1)), picture)
    for inputs, values in ((picture, picture.flatten(1) + 1), (None, noise(2, 48)), (noise(2, 48), noise(2, 48))):
        assert snapshot.unflattened(inputs, values) is values


def test_what_was_made_outside_of_any_layer_stands_before_the_layer_that_gets_it() -> None:
    first, second, x = nn.Linear(4, 4), nn.Linear(4, 2), noise(1, 4)
    weights = {"second.weight": second.weight.detach(), "second.bias": second.bias.detach()}
    y = first(x).detach()
    calls = [
        Call("first", x, y, None),
        Call("second", y + x, second(y + x).detach(), sum_of("second", second, weights)),
    ]
    layers = layers_of(snapshot.take(calls, ["a"]))
    assert [found["name"] for found in layers] == ["input", "first", "into second", "second"]
    assert layers[3]["sum"]["from"] == 2


@pytest.mark.parametrize(
    "module",
    [nn.Conv1d(1, 2, 3), nn.Conv2d(1, 2, 3, padding="same"), nn.Conv2d(1, 2, 3, padding=1, padding_mode="circular"),
     nn.LayerNorm(8), nn.ReLU(), None],
    ids=repr,
)  # fmt: skip
def test_a_layer_of_another_geometry_has_values_and_no_sum(module: nn.Module | None) -> None:
    assert sum_of("fc", module, {"fc.weight": torch.ones(2, 8)}) is None


def test_a_layer_whose_weights_are_elsewhere_has_no_sum() -> None:
    assert sum_of("fc", nn.Linear(3, 2), {}) is None
    assert sum_of("fc", nn.Linear(3, 2), {"fc.weight": torch.ones(2, 3)}) is None
    assert sum_of("fc", nn.Linear(3, 2, bias=False), {"fc.weight": torch.ones(2, 3)}) is not None


def test_a_photograph_is_kept_whole_however_many_layers_share_the_room() -> None:
    x = noise(1, 3, 224, 224)
    calls = [Call(f"l{i}", x if i == 0 else None, noise(1, 10), None) for i in range(90)]
    assert layers_of(snapshot.take(calls, ["a"]))[0] | {"values": 0} == {
        "name": "input", "shape": [3, 224, 224], "kept": 3, "values": 0,
    }  # fmt: skip


def test_of_a_huge_layer_the_leading_units_and_rows_are_kept() -> None:
    huge = layer(nn.Linear(2, 400_000), noise(1, 2))[1]
    assert 0 < huge["kept"] < 400_000 and 0 < huge["sum"]["rows"] < 400_000
    assert huge["sum"]["shape"] == [400_000, 2] and huge["sum"]["from"] == 0


def test_of_a_unit_larger_than_the_room_there_is_nothing() -> None:
    (found,) = layers_of(snapshot.take([Call("c", None, noise(1, 1, 600, 600), None)], ["a"]))
    assert (found["kept"], found["values"]) == (0, None)


def test_of_many_layers_some_are_kept_at_even_distances() -> None:
    layers = layers_of(snapshot.take([Call(f"l{i}", None, noise(1, 2), None) for i in range(250)], ["a"]))
    assert len(layers) <= snapshot.MAX_LAYERS and layers[1]["name"] == "l3"


def test_values_that_are_not_finite_are_kept_and_recognized_as_inputs() -> None:
    x = torch.tensor([[math.nan, math.inf, -math.inf, 0.0]])
    fc = nn.Linear(4, 2)
    weights = {f"fc.{key}": p.detach() for key, p in fc.named_parameters()}
    calls = [Call("relu", x, x, None), Call("fc", x, fc(x).detach(), sum_of("fc", fc, weights))]
    blobs = snapshot.take(calls, ["a"])
    layers = layers_of(blobs)
    assert layers[2]["sum"]["from"] == 1, "the latest layer that gave these very numbers"
    assert read(blobs, layers[1]["values"]).isnan().tolist() == [True, False, False, False]


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16, torch.complex64], ids=str)
def test_any_kind_of_number_is_stored_as_float32(dtype: torch.dtype) -> None:
    x = noise(1, 4).to(dtype)
    blobs = snapshot.take([Call("l", None, x, None)], ["a"])
    assert torch.equal(read(blobs, 1), (x.abs() if dtype.is_complex else x).float()[0])


def test_no_calls_are_no_layers() -> None:
    assert json.loads(snapshot.take([], ["a"])[0]) == {"samples": ["a"], "layers": []}

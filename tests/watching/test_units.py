"""Dead and saturated units are counted along the dimension that really holds the units; where nobody knows, not at all.

In every model one of the units is silenced, and all other dimensions have other sizes.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from reading import Log
from torch import Tensor, nn
from torch.nn import functional

from torchdemos import every, watch
from torchdemos.watching.look import Statistics
from torchdemos.watching.steps import Watch

pytestmark = pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors is in prototype stage")
SILENT = -1e6
ONE_OF_FIVE = pytest.approx(0.2)


@pytest.fixture
def seen(tmp_path: Path) -> Callable[..., dict[str, Statistics]]:
    def look(model: nn.Module, *inputs: Any, layers: Any = None) -> dict[str, Statistics]:
        around = watch(model, tmp_path / "run", when=every(1), layers=layers)
        with around(0):
            model(*inputs)
        assert around.last
        return around.last.activations

    return look


def silenced(layer: Any, unit: int = 3) -> Any:
    """A layer with 5 units, one of which a ReLU behind it makes 0 for every sample."""
    with torch.no_grad():
        layer.bias += 10 * (layer.bias > SILENT)
        layer.bias[unit] = SILENT
    return layer


def relu_behind(layer: nn.Module) -> nn.Sequential:
    return nn.Sequential(layer, nn.ReLU())


def noise(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def layer_norm(shape: list[int], dimension: int) -> nn.LayerNorm:
    norm = nn.LayerNorm(shape)
    with torch.no_grad():
        norm.bias.select(dimension, 3).fill_(SILENT)
    return norm


TELLING: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "dense": (lambda: silenced(nn.Linear(6, 5)), (7, 6)),
    "dense, one sample": (lambda: silenced(nn.Linear(6, 5)), (6,)),
    "dense, a sequence": (lambda: silenced(nn.Linear(6, 5)), (7, 9, 6)),
    "dense, a sequence as wide as long": (lambda: silenced(nn.Linear(6, 5)), (7, 5, 6)),
    "dense, a picture": (lambda: silenced(nn.Linear(6, 5)), (2, 8, 9, 6)),
    "convolution of sequences": (lambda: silenced(nn.Conv1d(2, 5, 3)), (7, 2, 8)),
    "convolution of one sequence": (lambda: silenced(nn.Conv1d(2, 5, 3)), (2, 8)),
    "convolution of pictures": (lambda: silenced(nn.Conv2d(2, 5, 3)), (4, 2, 8, 9)),
    "convolution of one picture": (lambda: silenced(nn.Conv2d(2, 5, 3)), (2, 8, 9)),
    "convolution of volumes": (lambda: silenced(nn.Conv3d(2, 5, 2)), (3, 2, 4, 5, 6)),
    "transposed convolution": (lambda: silenced(nn.ConvTranspose2d(2, 5, 3)), (4, 2, 8, 9)),
    "transposed convolution of one sequence": (lambda: silenced(nn.ConvTranspose1d(2, 5, 3)), (2, 8)),
    "batch norm of features": (lambda: silenced(nn.BatchNorm1d(5)), (7, 5)),
    "batch norm of sequences": (lambda: silenced(nn.BatchNorm1d(5)), (7, 5, 8)),
    "batch norm of pictures": (lambda: silenced(nn.BatchNorm2d(5)), (3, 5, 8, 9)),
    "instance norm of one picture": (lambda: silenced(nn.InstanceNorm2d(5, affine=True)), (5, 8, 9)),
    "group norm": (lambda: silenced(nn.GroupNorm(5, 5)), (3, 5, 8, 9)),
    "layer norm": (lambda: silenced(nn.LayerNorm(5)), (4, 8, 5)),
    "embedding bag": (lambda: nn.Sequential(nn.EmbeddingBag(4, 6), silenced(nn.Linear(6, 5))), ()),
}  # fmt: skip


@pytest.mark.parametrize("name", TELLING)
def test_the_kind_of_a_layer_tells(name: str, seen: Callable[..., dict[str, Statistics]]) -> None:
    layer, shape = TELLING[name]
    found = seen(relu_behind(layer()), noise(*shape) if shape else torch.zeros(7, 2, dtype=torch.long))
    assert found["1"]["dead_units"] == ONE_OF_FIVE


class Shared(nn.Module):
    """Convolution, then dense layer, with one activation for both, registered before or after them."""

    def __init__(self, activation_first: bool) -> None:
        super().__init__()
        if activation_first:
            self.relu = nn.ReLU()
        self.conv, self.dense = silenced(nn.Conv1d(2, 5, 3)), silenced(nn.Linear(6, 8))
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.dense(self.relu(self.conv(x))))


@pytest.mark.parametrize("activation_first", [False, True])
def test_a_shared_activation_has_the_units_of_what_feeds_it(
    activation_first: bool, seen: Callable[..., dict[str, Statistics]]
) -> None:
    found = seen(Shared(activation_first), noise(7, 2, 8))
    assert found["relu after conv"]["dead_units"] == ONE_OF_FIVE
    assert found["relu after dense"]["dead_units"] == pytest.approx(1 / 8)


@pytest.mark.parametrize("batch_first", [False, True])
def test_a_recurrent_layer_has_features(batch_first: bool, seen: Callable[..., dict[str, Statistics]]) -> None:
    layer = nn.RNN(6, 5, batch_first=batch_first)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter[3] = 0  # tanh(0) is 0
    found = seen(nn.Sequential(layer), noise(7, 9, 6))
    assert found["0[0]"]["dead_units"] == found["0[1]"]["dead_units"] == ONE_OF_FIVE


BETWEEN: dict[str, Callable[[], nn.Module]] = {
    "dropout": lambda: nn.Dropout(0.0),
    "dropout in evaluation": lambda: nn.Dropout().eval(),
    "identity": nn.Identity,
    "activation in place": lambda: nn.ReLU(inplace=True),
    "pooling": lambda: nn.MaxPool2d(2),
    "pooling to one pixel": lambda: nn.AdaptiveAvgPool2d(1),
    "padding": lambda: nn.ZeroPad2d(1),
    "upsampling": lambda: nn.Upsample(scale_factor=2),
    "dropout of channels": lambda: nn.Dropout2d(0.0),
    "flattened pictures": lambda: nn.Flatten(2),
    "layer norm over whole pictures": lambda: nn.LayerNorm([5, 8, 8], elementwise_affine=False),
    "several": lambda: nn.Sequential(nn.Hardtanh(), nn.Identity(), nn.AvgPool2d(2)),
}


@pytest.mark.parametrize("name", BETWEEN)
@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_layers_without_units_of_their_own_have_those_of_their_input(
    name: str, memory_format: torch.memory_format, seen: Callable[..., dict[str, Statistics]]
) -> None:
    if name == "layer norm over whole pictures":
        layers = [nn.Conv2d(2, 5, 3), layer_norm([5, 8, 8], 0)]
    else:
        layers = [silenced(nn.Conv2d(2, 5, 3)), nn.ReLU(), BETWEEN[name]()]
    model = nn.Sequential(*layers, nn.ReLU()).to(memory_format=memory_format)  # type: ignore[call-overload]
    found = seen(model, noise(3, 2, 10, 10).to(memory_format=memory_format))
    assert list(found.values())[-1]["dead_units"] == ONE_OF_FIVE


def test_flattened_channels_are_features(seen: Callable[..., dict[str, Statistics]]) -> None:
    pictures = noise(7, 2, 2, 2)
    pictures[:, :, 0, 0] = 0
    model = nn.Sequential(nn.Conv2d(2, 5, 1, bias=False), nn.Identity(), nn.Flatten(), nn.Identity())
    found = seen(model, pictures)
    assert found["0"]["dead_units"] == found["1"]["dead_units"] == 0
    assert found["2"]["dead_units"] == found["3"]["dead_units"] == 0.25


def test_maxout_over_features_pools_units(seen: Callable[..., dict[str, Statistics]]) -> None:
    dense = silenced(silenced(nn.Linear(6, 10), 2), 3)
    found = seen(nn.Sequential(dense, nn.ReLU(), nn.MaxPool1d(2)), noise(7, 6))
    assert found["2"]["dead_units"] == ONE_OF_FIVE


RESHAPED: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "features as one channel": (nn.Unflatten(1, (1, 5)), (7, 6)),
    "features as pictures of one pixel": (nn.Unflatten(-1, (5, 1, 1)), (7, 6)),
    "tokens in rows": (nn.Unflatten(1, (3, 3)), (7, 9, 6)),
    "samples in groups": (nn.Unflatten(0, (2, 4)), (8, 9, 6)),
    "tokens as samples": (nn.Flatten(0, 1), (7, 9, 6)),
    "one sample as none": (nn.Flatten(0), (1, 6)),
}


@pytest.mark.parametrize("name", RESHAPED)
def test_units_keep_together_where_other_dimensions_come_or_go(
    name: str, seen: Callable[..., dict[str, Statistics]]
) -> None:
    reshape, shape = RESHAPED[name]
    found = seen(nn.Sequential(silenced(nn.Linear(6, 5)), nn.ReLU(), reshape, nn.Identity()), noise(*shape))
    assert found["2"]["dead_units"] == found["3"]["dead_units"] == ONE_OF_FIVE


class Block(nn.Module):
    """A container that gives what the last layer in it gives, alone or among other things."""

    def __init__(self, give: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.layers, self.give = nn.ModuleList([silenced(nn.Conv1d(2, 5, 3)), nn.ReLU()]), give

    def forward(self, x: Tensor) -> Any:
        for layer in self.layers:
            x = layer(x)
        return self.give(x)


@pytest.mark.parametrize("give", [lambda x: x, lambda x: (x, x[:3]), lambda x: {"[0]": x.transpose(1, 2)}])
def test_a_container_has_the_units_of_its_last_layer(
    give: Callable[[Tensor], Any], seen: Callable[..., dict[str, Statistics]]
) -> None:
    found = seen(Block(give), noise(7, 2, 8), layers=lambda name, module: not isinstance(module, nn.ModuleList))
    assert list(found)[:2] == ["layers.0", "layers.1"] and len(found) > 2
    assert all(statistics["dead_units"] == ONE_OF_FIVE for statistics in list(found.values())[1:])


CHAINS: dict[str, tuple[Callable[[], list[nn.Module]], tuple[int, ...], Any]] = {
    "a layer and its activation": (lambda: [silenced(nn.Conv1d(2, 5, 3)), nn.ReLU()], (7, 2, 8), ONE_OF_FIVE),
    "pooled": (lambda: [silenced(nn.Conv1d(2, 5, 3)), nn.ReLU(), nn.MaxPool1d(2)], (7, 2, 8), ONE_OF_FIVE),
    "a chain in it": (lambda: [nn.Sequential(silenced(nn.Linear(6, 5)), nn.ReLU())], (7, 9, 6), ONE_OF_FIVE),
    "a layer of an unknown kind": (lambda: [nn.Conv1d(2, 5, 3), Scaled(torch.relu)], (7, 2, 8), math.nan),
    "split units": (lambda: [nn.Linear(6, 8), nn.Unflatten(2, (2, 4)), nn.ReLU()], (7, 9, 6), math.nan),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_that_is_seen_alone_tells_by_its_last_layers(
    name: str, seen: Callable[..., dict[str, Statistics]]
) -> None:
    chain, shape, expected = CHAINS[name]
    found = seen(nn.Sequential(nn.Sequential(*chain())), noise(*shape), layers="0")
    assert found["0"]["dead_units"] == pytest.approx(expected, nan_ok=True)


class Calls(nn.Module):
    """A convolution or dense layer, an operation of the user's, and an activation."""

    def __init__(self, layer: nn.Module, operation: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.layer, self.operation, self.relu = layer, operation, nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.operation(self.layer(x)))


OPERATIONS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...], Callable[[Tensor], Tensor]]] = {
    "a sum": (lambda: silenced(nn.Conv2d(2, 5, 3)), (3, 2, 8, 9), lambda x: x + 0),
    "pooling": (lambda: silenced(nn.Conv2d(2, 5, 3)), (3, 2, 8, 10), lambda x: functional.max_pool2d(x, 2)),
    "one sample's pooling": (lambda: silenced(nn.Conv2d(2, 5, 3)), (2, 8, 10), lambda x: functional.max_pool2d(x, 2)),
    "a view with channels last": (lambda: silenced(nn.Conv1d(2, 5, 3)), (7, 2, 8), lambda x: x.transpose(1, 2)),
    "a view with features first": (lambda: silenced(nn.Linear(6, 5)), (7, 9, 6), lambda x: x.transpose(1, 2)),
    "a square view": (lambda: silenced(nn.Linear(6, 5)), (7, 5, 6), lambda x: x.transpose(1, 2)),
    "permuted pictures": (lambda: silenced(nn.Conv2d(2, 5, 3)), (3, 2, 8, 9), lambda x: x.permute(0, 2, 3, 1)),
    "the first token": (lambda: silenced(nn.Linear(6, 5)), (7, 9, 6), lambda x: x[:, 0]),
    "all tokens as samples": (lambda: silenced(nn.Linear(6, 5)), (7, 9, 6), lambda x: x.reshape(-1, 5)),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_between_layers_are_followed(name: str, seen: Callable[..., dict[str, Statistics]]) -> None:
    layer, shape, operation = OPERATIONS[name]
    assert seen(Calls(layer(), operation), noise(*shape))["relu"]["dead_units"] == ONE_OF_FIVE


def test_a_squeezed_output_has_one_unit(seen: Callable[..., dict[str, Statistics]]) -> None:
    model = Calls(nn.Linear(6, 1), lambda x: x.squeeze(-1))
    with torch.no_grad():
        model.layer.bias.fill_(SILENT)  # type: ignore[operator, union-attr]
    assert seen(model, noise(7, 6))["relu"]["dead_units"] == 1.0


class Scaled(nn.Module):
    """A layer of an unknown kind, with parameters."""

    def __init__(self, change: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.scale, self.change = nn.Parameter(torch.ones(())), change

    def forward(self, x: Tensor) -> Tensor:
        return self.change(x * self.scale)


def test_an_unknown_layer_tells_by_its_shape_only_with_samples_and_units(
    seen: Callable[..., dict[str, Statistics]],
) -> None:
    def all_but_one(x: Tensor) -> Tensor:
        return x.abs() * (torch.arange(x.shape[1]) != 3)

    assert seen(Scaled(all_but_one), noise(7, 5), layers="Scaled")["Scaled"]["dead_units"] == ONE_OF_FIVE


UNKNOWN: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "a sequence of an unknown layer": (lambda: Scaled(torch.relu), (7, 5, 8)),
    "a picture of an unknown layer": (lambda: Scaled(torch.relu), (7, 5, 8, 8)),
    "a number": (lambda: Scaled(torch.sum), (7, 5)),
    "a vector": (lambda: Scaled(lambda x: x.sum(1)), (7, 5)),
    "behind an unknown layer": (lambda: nn.Sequential(Scaled(torch.relu), nn.Sigmoid()), (7, 5, 8)),
    "other channels": (lambda: nn.Sequential(nn.Conv1d(5, 4, 3), Scaled(lambda x: x[:, :2, ::2])), (7, 5, 8)),
    "features as pictures": (lambda: nn.Sequential(nn.Linear(5, 12), nn.Unflatten(1, (3, 2, 2)), nn.ReLU()), (7, 5)),
    "samples and channels in one": (lambda: nn.Sequential(nn.Conv1d(5, 4, 3), nn.Flatten(0, 1)), (7, 5, 8)),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_nobody_knows_is_not_a_number(name: str, seen: Callable[..., dict[str, Statistics]]) -> None:
    model, shape = UNKNOWN[name]
    last = list(seen(model(), noise(*shape)).values())[-1]
    assert math.isnan(last["dead_units"]) and math.isfinite(last["std"])
    assert math.isnan(last.get("saturated_units", math.nan))


def test_of_the_models_input_nobody_knows_the_units(seen: Callable[..., dict[str, Statistics]]) -> None:
    found = seen(nn.Sequential(nn.ReLU(), nn.Linear(8, 5)), noise(7, 5, 8))
    assert math.isnan(found["0"]["dead_units"]) and found["1"]["dead_units"] == 0


def test_an_unknown_layer_that_keeps_the_shape_keeps_the_units(seen: Callable[..., dict[str, Statistics]]) -> None:
    model = nn.Sequential(silenced(nn.Conv1d(2, 5, 3)), nn.ReLU(), Scaled(torch.abs), nn.ReLU())
    assert seen(model, noise(7, 2, 8))["3"]["dead_units"] == ONE_OF_FIVE


class ChannelsFirstNorm(nn.LayerNorm):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


def test_a_layer_norm_of_channels_has_channels(seen: Callable[..., dict[str, Statistics]]) -> None:
    model = nn.Sequential(nn.Conv2d(2, 5, 3), silenced(ChannelsFirstNorm(5)), nn.ReLU())
    assert seen(model, noise(3, 2, 8, 9))["2"]["dead_units"] == ONE_OF_FIVE


def test_attention_weights_have_no_units(seen: Callable[..., dict[str, Statistics]]) -> None:
    x = noise(7, 3, 6)
    found = seen(nn.MultiheadAttention(6, 2), x, x, x)
    assert found["MultiheadAttention[0]"]["dead_units"] == 0
    assert math.isnan(found["MultiheadAttention[1]"]["dead_units"])


@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_sequences_of_different_lengths_have_features(
    layout: torch.layout, seen: Callable[..., dict[str, Statistics]]
) -> None:
    parts = [noise(2, 6), noise(9, 6)]
    dense = silenced(nn.Linear(6, 5))
    found = seen(relu_behind(dense), torch.nested.nested_tensor(parts, layout=layout))
    assert found["1"]["dead_units"] == ONE_OF_FIVE
    assert found["0"]["mean"] == pytest.approx(float(dense(torch.cat(parts)).double().mean().detach()))


@pytest.mark.parametrize("shape", [(7, 9, 6), (6,)])
def test_saturated_units_are_counted_along_the_same_dimension(
    shape: tuple[int, ...], seen: Callable[..., dict[str, Statistics]]
) -> None:
    model = nn.Sequential(nn.Linear(6, 5), nn.Sigmoid())
    with torch.no_grad():
        model[0].weight /= 10
        model[0].bias[3] = SILENT
    assert seen(model, noise(*shape))["1"]["saturated_units"] == ONE_OF_FIVE


def long_dead(around: Watch) -> dict[str, float]:
    """The share of dead units of each layer of which anybody knows the units."""
    assert around.last is not None
    return {key: own["long_dead"] for key, own in around.last.activations.items() if "long_dead" in own}


def test_one_sample_counts_as_one_and_units_that_nobody_knows_are_never_dead(tmp_path: Path) -> None:
    model = nn.Sequential(silenced(nn.Linear(6, 5)), nn.ReLU(), Scaled(lambda x: x[:, :3, None].expand(-1, 3, 4) * 0))
    around = watch(model, tmp_path / "run", when=every(1))
    for step in range(3):
        with around(step):
            model(noise(500, 6))
    assert long_dead(around) == {"0": 0.0, "1": ONE_OF_FIVE}
    unbatched = nn.Sequential(silenced(nn.Conv1d(2, 5, 3)), nn.ReLU())
    around = watch(unbatched, tmp_path / "one", when=every(1))
    for step in range(3):
        with around(step):
            unbatched(noise(2, 2000))
    assert long_dead(around) == {}


def test_what_nobody_knows_is_not_logged_but_named(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(6, 5), Scaled(lambda x: x.expand(4, 7, 5)[..., :2]), nn.Sigmoid())
    around = watch(model, tmp_path / "run", when=every(1))
    for step in range(2):
        with around(step):
            model(noise(7, 6))
    log = Log(tmp_path / "run")
    assert [tag for tag in log.tags() if "_units/" in tag] == ["3_activation_dead_units/00_0"]
    assert log.text("silent") == (
        "Layers that gave no activation: none. Outputs of which nobody knows which dimension holds the units, so that "
        "dead units are not counted: 1, 2."
    )

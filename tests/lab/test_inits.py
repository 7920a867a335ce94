"""How the weights start."""

import math

import pytest
import torch
from torch import nn

from torchdemos import hooks, stats
from torchdemos.lab import inits, models
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.demos import configs


def test_weights_have_the_variance_asked_for(generator: torch.Generator) -> None:
    layer = nn.Linear(400, 500)
    inits.gaussian(layer, 2.0, 0.09, generator)
    assert abs(400 * layer.weight.var().item() / 2 - 1) < 0.02
    assert abs(layer.bias.std().item() / 0.3 - 1) < 0.1


def test_a_convolution_counts_its_whole_patch_as_fan_in(generator: torch.Generator) -> None:
    layer = nn.Conv2d(32, 64, 5, bias=False)
    inits.gaussian(layer, 2.0, 0.0, generator)
    assert abs(32 * 25 * layer.weight.var().item() / 2 - 1) < 0.02
    inits.xavier(layer, generator)
    assert abs((32 + 64) * 25 * layer.weight.var().item() / 2 - 1) < 0.02


def test_normalization_is_left_alone_and_biases_of_variance_0_are_0(generator: torch.Generator) -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
    inits.gaussian(model, 2.0, 0.0, generator)
    assert (model[1].weight == 1).all() and (model[0].bias == 0).all()


@pytest.mark.parametrize(("init", "limit"), [(inits.standard, 1 / 20), (inits.xavier, math.sqrt(6 / 1000))])
def test_uniform_starts_fill_their_range_evenly(init, limit: float, generator: torch.Generator) -> None:
    layer = nn.Linear(400, 600)
    init(layer, generator)
    low, high = layer.weight.detach().aminmax()
    assert low == pytest.approx(-limit, rel=1e-3) and high == pytest.approx(limit, rel=1e-3)
    assert layer.weight.std().item() == pytest.approx(limit / math.sqrt(3), rel=0.01)
    assert (layer.bias == 0).all()


def test_constant_is_constant_biases_too() -> None:
    model = models.deep_mlp(2, 5, "relu")
    inits.constant(model, 0.1)
    assert all((parameter == 0.1).all() for parameter in model.parameters())


@pytest.mark.parametrize(("rows", "columns"), [(30, 30), (50, 20), (20, 50)])
def test_orthogonal_rows_or_columns_are_orthonormal_but_for_the_gain(
    rows: int, columns: int, generator: torch.Generator
) -> None:
    layer = nn.Linear(columns, rows)
    inits.orthogonal(layer, 1.5, generator)
    weight = layer.weight if rows <= columns else layer.weight.T
    torch.testing.assert_close(weight @ weight.T, 2.25 * torch.eye(len(weight)), atol=1e-5, rtol=0)


def test_orthogonal_matrices_are_drawn_evenly(generator: torch.Generator) -> None:
    """QR alone makes the first entry negative; its mean over fair draws is 0."""
    layer, firsts = nn.Linear(3, 3), []
    for _ in range(400):
        inits.orthogonal(layer, 1.0, generator)
        firsts.append(layer.weight[0, 0].item())
    assert abs(sum(firsts) / 400) < 3 / math.sqrt(3 * 400)


def test_lsuv_gives_every_layer_a_variance_of_1_for_any_activation(digits: Digits, generator: torch.Generator) -> None:
    images = standardize(digits.train_images[:500])
    for activation in ("relu", "tanh", "sigmoid"):
        model = models.deep_mlp(8, 40, activation)
        inits.lsuv(model, images, generator)
        with hooks.record(model, nn.Linear, stats.std) as tape:
            model(images)
        assert [float(std) for std in tape.outputs.values()] == pytest.approx([1.0] * 9, rel=1e-3)


def test_lsuv_survives_inputs_that_are_all_0(generator: torch.Generator) -> None:
    model = models.deep_mlp(3, 10, "relu")
    for count in (1, 4):
        inits.lsuv(model, torch.zeros(count, 1, 28, 28), generator)
        assert all(parameter.isfinite().all() for parameter in model.parameters())


@pytest.mark.parametrize("name", inits.INITS)
def test_the_same_generator_gives_the_same_network_and_the_global_state_is_untouched(name: str) -> None:
    first, second = models.mlp(), models.mlp()
    before = torch.get_rng_state()
    for model in (first, second):
        inits.INITS[name](
            model, torch.rand(8, 1, 28, 28, generator=torch.Generator()), torch.Generator().manual_seed(3)
        )
    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


def test_every_start_that_a_user_can_name_is_here() -> None:
    assert tuple(inits.INITS) == configs.INITS

"""How the weights start."""

import torch
from torch import nn

from torchdemos import models
from torchdemos.inits import gaussian


def test_weights_have_the_variance_asked_for(generator: torch.Generator) -> None:
    layer = nn.Linear(400, 500)
    gaussian(layer, 2.0, 0.09, generator)
    assert abs(400 * layer.weight.var().item() / 2 - 1) < 0.02
    assert abs(layer.bias.std().item() / 0.3 - 1) < 0.1


def test_a_convolution_counts_its_whole_patch_as_fan_in(generator: torch.Generator) -> None:
    layer = nn.Conv2d(32, 64, 5, bias=False)
    gaussian(layer, 2.0, 0.0, generator)
    assert abs(32 * 25 * layer.weight.var().item() / 2 - 1) < 0.02


def test_normalization_is_left_alone_and_biases_of_variance_0_are_0(generator: torch.Generator) -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))
    gaussian(model, 2.0, 0.0, generator)
    assert (model[1].weight == 1).all() and (model[0].bias == 0).all()


def test_the_same_generator_gives_the_same_network_and_the_global_state_is_untouched() -> None:
    first, second = models.cnn(), models.cnn()
    before = torch.get_rng_state()
    for model in (first, second):
        gaussian(model, 2.0, 0.1, torch.Generator().manual_seed(3))
    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))

"""What holds for every picture."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from torchdemos import pictures

EVERY: dict[str, Callable[[Tensor], Tensor]] = {
    "signed": pictures.signed,
    "sequential": lambda x: pictures.sequential(x, 0, 1),
    "pixels": pictures.pixels,
    "units": pictures.units,
    "layers_as_pixels": lambda x: pictures.layers_as_pixels({"a": x}, x),
    "samples_by_layer": lambda x: pictures.samples_by_layer({"a": x}),
    "weighted_sum": lambda x: pictures.weighted_sum(x, x),
    "heatmap": pictures.heatmap,
    "lines": lambda x: pictures.lines([("a", x[0], x[1], "line")]),
}


@pytest.mark.parametrize("name", EVERY)
def test_drawing_changes_nothing_draws_no_random_number_and_repeats_itself(name: str) -> None:
    x = torch.linspace(-1, 1, 81).reshape(9, 9)
    x[1, 1] = math.nan
    before, state = x.clone(), torch.get_rng_state()
    first, second = EVERY[name](x), EVERY[name](x.requires_grad_())
    assert torch.equal(first, second) and first.dtype == torch.float32 and not second.requires_grad
    assert torch.equal(x.detach().nan_to_num(7), before.nan_to_num(7)) and torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("name", EVERY)
def test_drawing_ignores_the_default_device_and_dtype(name: str) -> None:
    x = torch.linspace(-1, 1, 81, device="cpu").reshape(9, 9)
    usual = EVERY[name](x)
    torch.set_default_dtype(torch.float64)
    try:
        with torch.device("meta"):
            assert torch.equal(EVERY[name](x), usual)
    finally:
        torch.set_default_dtype(torch.float32)

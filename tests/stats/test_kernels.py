"""The faster statistics are those in float64 to 1e-6, on values that break float32 too."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from odd_tensors import normal
from torch import Tensor, nn

from torchdemos.stats import exact, kernels

SHAPES = {
    "dense": ((64, 48), 1),
    "picture": ((6, 20, 9, 11), 1),
    "sequence": ((5, 7, 48), -1),
    "channels of a sequence": ((5, 16, 33), 1),
    "one unit": ((3000, 1), 1),
    "a vector": ((777,), 1),
    "many parts": ((3, 2, 700, 600), 1),
}


def mixed(x: Tensor, low: float, high: float) -> Tensor:
    return x * torch.logspace(low, high, x.numel(), dtype=torch.float64).view(x.shape).float()


VALUES: dict[str, Callable[[Tensor], Tensor]] = {
    "normal": lambda x: x,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "centred": lambda x: x - x.double().mean().float(),
    "tiny": lambda x: x * 1e-30,
    "faint": lambda x: x * 1e-14,
    "huge": lambda x: x * 1e30,
    "largest": lambda x: x.sign() * 3.4e38,
    "subnormal": lambda x: x * 1e-42,
    "mixed": lambda x: mixed(x, -38, 37),
    "mixed within squares": lambda x: mixed(x, -18, 12),
    "mean far from zero": lambda x: x * 1e-3 + 1e4,
    "mean farther from zero": lambda x: x * 1e-2 + 3e6,
    "all equal": lambda x: torch.full_like(x, 0.1),
    "one outlier": lambda x: torch.where(torch.arange(x.numel()).view(x.shape) == 1, 1e4, 1e-3),
    "zeros": torch.zeros_like,
    "bfloat16": lambda x: (x * 1e3).bfloat16(),
    "float16": torch.Tensor.half,
    "float64": torch.Tensor.double,
    "complex": lambda x: torch.complex(x, x.flip(0)),
    "nan": lambda x: torch.where(x > 2, math.nan, x),
    "infinite": lambda x: torch.where(x > 2, math.inf, x),
}


@pytest.fixture(params=SHAPES)
def shape(request: pytest.FixtureRequest) -> tuple[tuple[int, ...], int]:
    return SHAPES[request.param]


def measured(x: Tensor, units: int) -> tuple[Tensor, Tensor]:
    """Summary and moments of units."""
    found = torch.as_tensor(kernels.output_statistics(x, units))
    return found[:5], found[6:].view(2, -1)


@pytest.mark.parametrize("values", VALUES)
def test_they_are_the_exact_ones_to_a_millionth(values: str, shape: tuple[tuple[int, ...], int]) -> None:
    size, units = shape
    x = VALUES[values](normal(*size))
    summary, moments = measured(x, units)
    expected = exact.unit_moments(x, units)
    assert summary.tolist() == pytest.approx(exact.summary(x).tolist(), rel=1e-6, abs=0, nan_ok=True)
    assert kernels.norms([x])[0] == pytest.approx(exact.norm(x).item(), rel=1e-6, abs=0, nan_ok=True)
    assert kernels.norm_and_abs_max(x).tolist() == pytest.approx(
        exact.norm_and_abs_max(x).tolist(), rel=1e-6, abs=0, nan_ok=True
    )
    typical = expected[1].sqrt().nan_to_num(0.0, 0.0).max().clamp(min=1e-150)  # a unit's mean is worth what it spreads
    scale = torch.stack([typical, typical**2])[:, None]
    torch.testing.assert_close(moments / scale, expected / scale, rtol=1e-6, atol=1e-6, equal_nan=True)
    assert ((moments[1] != 0) == (expected[1] != 0)).all()
    assert kernels.output_statistics(x, units)[5] == exact.dead_units(expected)


def test_the_common_kinds_are_measured_fast() -> None:
    for values in ("normal", "relu", "sigmoid", "centred", "bfloat16", "mean far from zero"):
        assert kernels.loop_statistics(VALUES[values](normal(64, 48)), 1) is not None, values


def test_what_has_no_faster_way_takes_the_exact_one() -> None:
    kinds = [normal(3).to_sparse(), torch.empty(0), torch.tensor([1, 2]), torch.ones(3, device="meta")]
    assert not any(kernels.supports(x) for x in kinds)
    assert kernels.supports(nn.Parameter(normal(3))) and kernels.supports(normal(3).bfloat16())


def test_inputs_are_left_alone() -> None:
    x = normal(64, 48)
    before = x.clone()
    kernels.output_statistics(x, 1), kernels.norm_and_abs_max(x), kernels.norms([x])
    assert torch.equal(x, before)


def test_against_numpy_in_float64() -> None:
    x = normal(3, 16, 20, 20) * 7 - 1
    there = x.numpy().astype(np.float64)
    assert kernels.output_statistics(x, 1)[:2].tolist() == pytest.approx([there.mean(), there.std()], rel=1e-6)
    assert kernels.norms([x])[0] == pytest.approx(math.sqrt((there**2).sum()), rel=1e-6)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1), (0, 2, 1)])
@pytest.mark.parametrize("units", [1, -1])
def test_transposed_tensors_are_read_as_they_are_stored(order: tuple[int, ...], units: int) -> None:
    x = normal(40, 50, 60).permute(order)
    stored, where = kernels._in_memory_order(x, units % 3)
    assert stored.is_contiguous() and stored.shape[where] == x.shape[units]
    torch.testing.assert_close(
        torch.as_tensor(kernels.output_statistics(x, units)), exact.output_statistics(x, units), rtol=1e-6, atol=1e-6
    )


def test_a_tensor_with_gaps_or_repetitions_is_measured_right() -> None:
    for x in (normal(40, 60)[:, ::2], normal(40, 1).expand(40, 30), normal(1, 30).expand(40, 30)):
        torch.testing.assert_close(
            torch.as_tensor(kernels.output_statistics(x, 1)), exact.output_statistics(x, 1), rtol=1e-6, atol=1e-6
        )
        assert kernels.norm_and_abs_max(x).tolist() == pytest.approx(exact.norm_and_abs_max(x).tolist(), rel=1e-6)

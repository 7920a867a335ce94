"""The faster statistics are those in float64 to 1e-6, on values that break float32 too."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
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


def normal(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


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


@pytest.mark.parametrize("values", VALUES)
def test_they_are_the_exact_ones_to_a_millionth(values: str, shape: tuple[tuple[int, ...], int]) -> None:
    size, units = shape
    x = VALUES[values](normal(*size))
    summary, moments = kernels.measure(x, units)
    expected = exact.unit_moments(x, units)
    assert summary.tolist() == pytest.approx(exact.summary(x).tolist(), rel=1e-6, abs=0, nan_ok=True)
    assert kernels.norm(x).item() == pytest.approx(exact.norm(x).item(), rel=1e-6, abs=0, nan_ok=True)
    both = [exact.norm(x).item(), exact.abs_max(x).item()]
    assert kernels.size(x).tolist() == pytest.approx(both, rel=1e-6, abs=0, nan_ok=True)
    typical = expected[1].sqrt().nan_to_num(0.0, 0.0).max().clamp(min=1e-150)  # a unit's mean is worth what it spreads
    scale = torch.stack([typical, typical**2])[:, None]
    torch.testing.assert_close(moments / scale, expected / scale, rtol=1e-6, atol=1e-6, equal_nan=True)
    assert (exact.active_units(moments) == exact.active_units(expected)).all()


def test_the_common_kinds_are_measured_fast() -> None:
    for values in ("normal", "relu", "sigmoid", "centred", "bfloat16", "mean far from zero"):
        assert kernels._measure(VALUES[values](normal(64, 48)), 1) is not None, values


def test_a_unit_too_faint_for_float32_is_not_dead() -> None:
    x = normal(50, 3).abs() + 1
    x[:, 1], x[:, 2] = 1e-30, 0.0
    assert exact.active_units(kernels.measure(x, 1)[1]).tolist() == [True, True, False]


@pytest.mark.parametrize("units", [1, -1])
def test_pictures_stored_with_their_channels_last_are_measured_alike(units: int) -> None:
    x = normal(4, 6, 9, 8)
    stored = x.to(memory_format=torch.channels_last)
    for one, other in zip(kernels.measure(stored, units), kernels.measure(x, units), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-7)


def test_a_step_is_measured_by_where_it_began_and_how_far_it_went() -> None:
    x = normal(300, 40)
    for y in (x + 1e-6 * normal(300, 40), x * 1e-30, x.bfloat16(), x.t().contiguous().t(), x.double()):
        expected = [exact.norm(x).item(), exact.norm(x.double() - y.double()).item()]
        assert kernels.step(x, y).tolist() == pytest.approx(expected, rel=1e-6, abs=0)


def test_what_has_no_faster_way_takes_the_exact_one() -> None:
    kinds = [normal(3).to_sparse(), torch.empty(0), torch.tensor([1, 2]), torch.ones(3, device="meta")]
    assert not any(kernels.fits(x) for x in kinds)
    assert kernels.fits(nn.Parameter(normal(3))) and kernels.fits(normal(3).bfloat16())


def test_inputs_are_left_alone() -> None:
    x = normal(64, 48)
    before = x.clone()
    kernels.measure(x, 1), kernels.size(x), kernels.norm(x)
    assert torch.equal(x, before)


def test_against_numpy_in_float64() -> None:
    x = normal(3, 16, 20, 20) * 7 - 1
    there = x.numpy().astype(np.float64)
    assert kernels.measure(x, 1)[0][:2].tolist() == pytest.approx([there.mean(), there.std()], rel=1e-6)
    assert kernels.norm(x).item() == pytest.approx(math.sqrt((there**2).sum()), rel=1e-6)


def test_norms_of_many_tensors_at_once_are_those_of_each():
    torch.manual_seed(0)
    pairs = [(torch.randn(3, 5), torch.randn(3, 5)) for _ in range(4)]
    pairs[1] = (pairs[1][0].half(), pairs[1][1].half())
    pairs[2] = (pairs[2][0].t(), pairs[2][1].t())
    pairs.append((torch.full((7,), 1e-38), torch.full((7,), 3e38)))
    pairs.append((torch.tensor([math.nan, 1.0]), torch.tensor(2.0).expand(2)))
    pairs.append((torch.randn(4).double(), torch.randn(4).double()))
    found = torch.stack(kernels.steps(pairs))
    expected = torch.stack([kernels.exact.norm(x) for x, _ in pairs])
    moved = torch.stack([kernels.exact.norm(y.double() - x.double()) for x, y in pairs])
    torch.testing.assert_close(found, torch.stack([expected, moved], 1), rtol=1e-12, atol=0, equal_nan=True)
    norms = torch.stack(kernels.norms(x for x, _ in pairs))
    torch.testing.assert_close(norms, expected, rtol=1e-12, atol=0, equal_nan=True)


def test_norms_of_no_tensor_are_none():
    assert kernels.norms([]) == [] and kernels.steps([]) == []

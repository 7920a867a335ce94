"""The faster statistics are those in float64 to 1e-6, on values that break float32 too."""

import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from torchdemos.stats import exact, kernels
from torchdemos.stats.team import team

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


def measured(x: Tensor, units: int) -> tuple[Tensor, Tensor]:
    """Summary and moments of units."""
    found = torch.as_tensor(kernels.measure(x, units))
    return found[:5], found[6:].view(2, -1)


@pytest.mark.parametrize("values", VALUES)
def test_they_are_the_exact_ones_to_a_millionth(values: str, shape: tuple[tuple[int, ...], int]) -> None:
    size, units = shape
    x = VALUES[values](normal(*size))
    summary, moments = measured(x, units)
    expected = exact.unit_moments(x, units)
    assert summary.tolist() == pytest.approx(exact.summary(x).tolist(), rel=1e-6, abs=0, nan_ok=True)
    assert kernels.norms([x])[0] == pytest.approx(exact.norm(x).item(), rel=1e-6, abs=0, nan_ok=True)
    assert kernels.size(x).tolist() == pytest.approx(exact.size(x).tolist(), rel=1e-6, abs=0, nan_ok=True)
    typical = expected[1].sqrt().nan_to_num(0.0, 0.0).max().clamp(min=1e-150)  # a unit's mean is worth what it spreads
    scale = torch.stack([typical, typical**2])[:, None]
    torch.testing.assert_close(moments / scale, expected / scale, rtol=1e-6, atol=1e-6, equal_nan=True)
    assert (exact.active_units(moments) == exact.active_units(expected)).all()
    assert kernels.measure(x, units)[5] == exact.dead_units(expected)


def test_the_common_kinds_are_measured_fast() -> None:
    for values in ("normal", "relu", "sigmoid", "centred", "bfloat16", "mean far from zero"):
        assert kernels.quick(VALUES[values](normal(64, 48)), 1) is not None, values


def test_a_unit_too_faint_for_float32_is_not_dead() -> None:
    x = normal(50, 3).abs() + 1
    x[:, 1], x[:, 2] = 1e-30, 0.0
    assert exact.active_units(measured(x, 1)[1]).tolist() == [True, True, False]


@pytest.mark.parametrize("units", [1, -1])
def test_pictures_stored_with_their_channels_last_are_measured_alike(units: int) -> None:
    x = normal(4, 6, 9, 8)
    stored = x.to(memory_format=torch.channels_last)
    for one, other in zip(measured(stored, units), measured(x, units), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-6, atol=1e-7)


def test_a_step_is_measured_by_how_far_it_went() -> None:
    x = normal(300, 40)
    for y in (x + 1e-6 * normal(300, 40), x * 1e-30, x.bfloat16(), x.t().contiguous().t(), x.double()):
        expected = exact.norm(x.double() - y.double()).item()
        assert kernels.distances([(x, y)])[0] == pytest.approx(expected, rel=1e-6, abs=0)


def test_what_has_no_faster_way_takes_the_exact_one() -> None:
    kinds = [normal(3).to_sparse(), torch.empty(0), torch.tensor([1, 2]), torch.ones(3, device="meta")]
    assert not any(kernels.fits(x) for x in kinds)
    assert kernels.fits(nn.Parameter(normal(3))) and kernels.fits(normal(3).bfloat16())


def test_inputs_are_left_alone() -> None:
    x = normal(64, 48)
    before = x.clone()
    kernels.measure(x, 1), kernels.size(x), kernels.norms([x])
    assert torch.equal(x, before)


def test_against_numpy_in_float64() -> None:
    x = normal(3, 16, 20, 20) * 7 - 1
    there = x.numpy().astype(np.float64)
    assert kernels.measure(x, 1)[:2].tolist() == pytest.approx([there.mean(), there.std()], rel=1e-6)
    assert kernels.norms([x])[0] == pytest.approx(math.sqrt((there**2).sum()), rel=1e-6)


def test_norms_of_many_tensors_at_once_are_those_of_each() -> None:
    pairs = [(normal(3, 5), 2 * normal(3, 5) + 1) for _ in range(4)]
    pairs[1] = (pairs[1][0].half(), pairs[1][1].half())
    pairs[2] = (pairs[2][0].t(), pairs[2][1].t())
    pairs.append((torch.full((7,), 1e-38), torch.full((7,), 3e38)))
    pairs.append((torch.tensor([math.nan, 1.0]), torch.tensor(2.0).expand(2)))
    pairs.append((normal(4).double(), normal(4).double()))
    pairs.append((normal(400, 300), 3 * normal(400, 300)))
    moved = torch.stack([exact.norm(y.double() - x.double()) for x, y in pairs])
    expected = torch.stack([exact.norm(x) for x, _ in pairs])
    for found, true in ((kernels.distances(pairs), moved), (kernels.norms(x for x, _ in pairs), expected)):
        torch.testing.assert_close(torch.as_tensor(found), true, rtol=1e-12, atol=0, equal_nan=True)


@pytest.mark.parametrize("kind", ["half", "transposed", "channels last", "with gaps", "many parts"])
def test_no_parameter_that_has_a_faster_way_is_copied_into_float64(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    x = {
        "half": lambda: normal(30, 40).half(),
        "transposed": lambda: normal(30, 40).t(),
        "channels last": lambda: normal(3, 4, 5, 6).to(memory_format=torch.channels_last),
        "with gaps": lambda: normal(30, 40)[:, ::2],
        "many parts": lambda: normal(1500, 1500)[:, ::2],
    }[kind]()
    y = (2 * x).clone()
    expected = [exact.norm(x).item(), exact.distance(x, y).item()]
    monkeypatch.setattr(exact, "plain", lambda _: pytest.fail("copied into float64"))
    assert [*kernels.norms([x]), *kernels.distances([(x, y)])] == pytest.approx(expected, rel=1e-9)


def test_norms_of_no_tensor_are_none() -> None:
    assert len(kernels.norms([])) == len(kernels.distances([])) == 0


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1), (0, 2, 1)])
@pytest.mark.parametrize("units", [1, -1])
def test_transposed_tensors_are_read_as_they_are_stored(order: tuple[int, ...], units: int) -> None:
    x = normal(40, 50, 60).permute(order)
    stored, where = kernels._as_in_memory(x, units % 3)
    assert stored.is_contiguous() and stored.shape[where] == x.shape[units]
    torch.testing.assert_close(
        torch.as_tensor(kernels.measure(x, units)), exact.measure(x, units), rtol=1e-6, atol=1e-6
    )


def test_a_tensor_with_gaps_or_repetitions_is_measured_right() -> None:
    for x in (normal(40, 60)[:, ::2], normal(40, 1).expand(40, 30), normal(1, 30).expand(40, 30)):
        torch.testing.assert_close(torch.as_tensor(kernels.measure(x, 1)), exact.measure(x, 1), rtol=1e-6, atol=1e-6)
        assert kernels.size(x).tolist() == pytest.approx(exact.size(x).tolist(), rel=1e-6)


@pytest.mark.parametrize("size", [(300, 700), (2, 200_000), (70, 9, 20, 20), (70, 40, 3, 3), (1, 3, 200, 200)])
def test_several_threads_find_what_one_does(size: tuple[int, ...], threads: Callable[[int], None]) -> None:
    x, y = normal(*size), 2 * normal(*size).flip(0)
    found = []
    for number in (1, 3):
        threads(number)
        found.append([*kernels.measure(x, 1), *kernels.size(x), *kernels.norms([x, y]), *kernels.distances([(x, y)])])
    assert found[0] == pytest.approx(found[1], rel=1e-9, abs=1e-9)


def test_threads_that_do_not_come_leave_no_work_undone() -> None:
    """OpenMP may send fewer than it was asked for."""
    code = (
        "import torch; from torchdemos.stats import kernels; torch.set_num_threads(3); x = torch.ones(1000, 300);"
        "print(*kernels.measure(x, 1)[:2], *kernels.size(x), *kernels.norms([x]), *kernels.distances([(x, 0 * x)]))"
    )
    environment = os.environ | {"OMP_THREAD_LIMIT": "2"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    root = math.sqrt(300_000)
    assert [*map(float, done.stdout.split())] == pytest.approx([1, 0, root, 1, root, root])


def test_a_large_tensor_has_a_team_and_a_small_one_nobody(threads: Callable[[int], None]) -> None:
    threads(3)
    brought = any((Path(torch.__file__).parent / "lib").glob("libgomp*"))
    assert team(10).size == 1 and team(10**6).size == (3 if brought else 1)
    threads(1)
    assert team(10**6).size == 1


@pytest.fixture
def threads() -> Iterator[Callable[[int], None]]:
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)

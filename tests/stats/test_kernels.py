"""Every path of the statistics agrees with copies in float64 to a millionth, on values that break float32 too."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import exact
import numpy as np
import pytest
import torch
from odd_tensors import BROKEN, SHAPES, TENSORS, VALUES, normal
from torch import Tensor, nn

from torchdemos.stats import as_plain, in_range, kernels, norm_sums, output_sums, pieces
from torchdemos.stats.pieces import in_memory_order
from torchdemos.stats.vectors import Float64Vector


class Path(NamedTuple):
    """A way to compute the statistics of an output, the norm and largest magnitude of a gradient, and of many norms."""

    output: Callable[[Tensor, int], Float64Vector]
    gradient: Callable[[Tensor], Float64Vector]
    norms: Callable[[list[Tensor]], Float64Vector]


def without_numba(function: Callable[..., Float64Vector]) -> Callable[..., Float64Vector]:
    def measure(*arguments: Any) -> Float64Vector:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kernels, "output_loops", lambda: None)
            return function(*arguments)

    return measure


PATHS = {
    "loops": Path(kernels.output_statistics, kernels.norm_and_abs_max, kernels.norms),
    "without Numba": Path(*map(without_numba, (kernels.output_statistics, kernels.norm_and_abs_max, kernels.norms))),
    "reductions": Path(
        output_sums.output_statistics, norm_sums.norm_and_abs_max, lambda xs: norm_sums.norms([(x,) for x in xs])
    ),
}
SIZES = {name: shape for name, shape in SHAPES.items() if name != "many parts"}


@pytest.fixture(params=PATHS)
def path(request: pytest.FixtureRequest) -> Path:
    return PATHS[request.param]


def check(path: Path, x: Tensor, units: int) -> None:
    """Compare all numbers of a tensor. A mean is worth what the numbers spread, and a unit's what the units do."""
    expected = exact.output_statistics(x, units)
    found = torch.as_tensor(path.output(x, units))
    mean, std = expected[:2].tolist()
    size = math.hypot(mean, std) if math.isfinite(std) else 0.0
    assert found[0].item() == pytest.approx(mean, rel=1e-6, abs=1e-6 * size, nan_ok=True)
    assert found[1].item() == pytest.approx(std, rel=1e-6, abs=1e-12 * size, nan_ok=True)
    assert found[2:6].tolist() == pytest.approx(expected[2:6].tolist(), rel=1e-6, abs=0, nan_ok=True)
    moments, true = found[6:].view(2, -1), expected[6:].view(2, -1)
    typical = true[1].sqrt().nan_to_num(0.0, 0.0).max().clamp(min=1e-150)
    scale = torch.stack([typical, typical**2])[:, None]
    torch.testing.assert_close(moments / scale, true / scale, rtol=1e-6, atol=1e-6, equal_nan=True)
    assert ((moments[1] != 0) == (true[1] != 0)).all()
    norm = exact.norm_and_abs_max(x).tolist()
    assert path.gradient(x).tolist() == pytest.approx(norm, rel=1e-6, abs=0, nan_ok=True)
    assert path.norms([x])[0] == pytest.approx(norm[0], rel=1e-6, abs=0, nan_ok=True)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("values", VALUES)
def test_numbers_are_those_of_float64(path: Path, values: str, size: str) -> None:
    shape, units = SIZES[size]
    check(path, VALUES[values](normal(*shape)), units)


@pytest.mark.parametrize("values", VALUES)
def test_pieces_add_up_to_the_whole(values: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "BYTES", 2**12)
    for shape, units in (SHAPES["picture"], ((3, 700, 4), 1), ((2000,), 0)):
        check(PATHS["reductions"], VALUES[values](normal(*shape)), units)


@pytest.mark.parametrize("values", ["normal", "mixed", "mean far from zero", "nan", "bfloat16"])
def test_loops_add_up_many_parts(values: str) -> None:
    shape, units = SHAPES["many parts"]
    check(PATHS["loops"], VALUES[values](normal(*shape)), units)


@pytest.mark.parametrize("name", TENSORS | BROKEN)
def test_every_kind_of_tensor_is_measured(path: Path, name: str) -> None:
    x = as_plain((TENSORS | BROKEN)[name])
    if x.numel():
        check(path, x, -1 if x.dim() > 1 else 0)


def test_the_common_kinds_are_measured_fast() -> None:
    for values in ("normal", "relu", "sigmoid", "centred", "bfloat16", "mean far from zero"):
        assert kernels.loop_statistics(VALUES[values](normal(64, 48)), 1) is not None, values


def test_on_the_cpu_numbers_within_range_are_not_scaled() -> None:
    for values in ("normal", "relu", "centred", "bfloat16", "float16"):
        x = VALUES[values](normal(64, 48))
        assert in_range.output_statistics(x, 1) is not None and in_range.norm_and_abs_max(x) is not None, values
        assert not np.isnan(in_range.norms([(x,), (x, x.roll(1, 0))])).any(), values


@pytest.mark.parametrize("values", ["normal", "relu", "float16", "nan"])
def test_pieces_within_range_add_up_to_the_whole(values: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "BYTES", 2**12)
    for shape, units in (SHAPES["picture"], SHAPES["small pictures"], ((30, 70, 4), -1)):
        check(PATHS["without Numba"], VALUES[values](normal(*shape)), units)


def test_what_the_loops_do_not_take_goes_to_the_reductions() -> None:
    kinds = [normal(3).to_sparse(), torch.empty(0), torch.tensor([1, 2]), torch.ones(3, device="meta")]
    assert not any(kernels.supports(x) for x in kinds)
    assert kernels.supports(nn.Parameter(normal(3))) and kernels.supports(normal(3).bfloat16())


def test_inputs_are_left_alone(path: Path) -> None:
    for x in (normal(64, 48), normal(64, 48).bfloat16(), normal(2, 1024), normal(64, 48).double()):
        before = x.clone()
        path.output(x, 1), path.gradient(x), path.norms([x])
        assert torch.equal(x, before)


def test_against_numpy_in_float64(path: Path) -> None:
    x = normal(3, 16, 20, 20) * 7 - 1
    there = x.numpy().astype(np.float64)
    assert path.output(x, 1)[:2].tolist() == pytest.approx([there.mean(), there.std()], rel=1e-6)
    assert path.norms([x])[0] == pytest.approx(math.sqrt((there**2).sum()), rel=1e-6)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1), (0, 2, 1)])
@pytest.mark.parametrize("units", [1, -1])
def test_transposed_tensors_are_read_as_they_are_stored(path: Path, order: tuple[int, ...], units: int) -> None:
    x = normal(40, 50, 60).permute(order)
    stored, where = in_memory_order(x, units % 3)
    assert stored.is_contiguous() and stored.shape[where] == x.shape[units]
    check(path, x, units)


def test_a_tensor_with_gaps_or_repetitions_is_measured_right(path: Path) -> None:
    for x in (normal(40, 60)[:, ::2], normal(40, 1).expand(40, 30), normal(1, 30).expand(40, 30)):
        check(path, x, 1)


def test_a_unit_is_not_dead_because_others_are_larger(path: Path) -> None:
    x = normal(64, 6)
    x[:, 2:5] *= torch.tensor([1e-12, 1e-30, 0])
    check(path, x, 1)


def test_pictures_stored_with_their_channels_last_are_measured_alike(path: Path) -> None:
    check(path, normal(4, 6, 9, 8).to(memory_format=torch.channels_last), 1)


def test_a_number_repeated_a_billion_times_is_read_once(path: Path) -> None:
    for x in (torch.tensor([3.0]).expand(10**9), torch.tensor([[3.0]]).expand(10**5, 10**4)):
        assert kernels.output_statistics(x, 0 if x.dim() < 2 else 1)[:3].tolist() == pytest.approx([3, 0, 3])
        assert path.gradient(x) == pytest.approx([3 * math.sqrt(1e9), 3])
        assert path.norms([x]) == pytest.approx([3 * math.sqrt(1e9)])

"""What follows from the statistics of units, and from those of parts."""

import math

import exact
import numpy as np
import pytest
import torch
from odd_tensors import normal
from torch import Tensor

from torchdemos import stats
from torchdemos.stats import output_sums
from torchdemos.stats.conversion import real
from torchdemos.stats.vectors import Float64Array, bring

SHAPES: dict[str, tuple[int, ...]] = {
    "dense [N, F]": (6, 20),
    "conv [N, C, H, W]": (2, 20, 3, 2),
    "transformer [N, T, F]": (2, 3, 20),
}


def moments(x: Tensor) -> Float64Array:
    """Mean and mean square of each unit [2, units]."""
    (found,) = bring([output_sums.output_statistics(real(x), -1 if x.dim() == 3 else 1)])
    return found[len(stats.OUTPUT_STATISTICS) :].reshape(2, -1)


def units(x: Tensor) -> list[list[float]]:
    """The values of each unit, picked one by one."""
    axis = 2 if x.dim() == 3 else 1
    found: list[list[float]] = [[] for _ in range(x.shape[axis])]
    for index in np.ndindex(*x.shape):
        found[index[axis]].append(x[index].item())
    return found


def active(moments: Float64Array) -> list[bool]:
    """Which units gave anything but 0 for at least one sample."""
    return [bool(square) for square in moments[1]]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_unit_moments_are_each_units_mean_and_mean_square(shape: tuple[int, ...]) -> None:
    x = (normal(*shape) * 100).half()
    by_unit = np.array(units(x))
    expected = np.stack([by_unit.mean(axis=1), (by_unit**2).mean(axis=1)])
    assert moments(x) == pytest.approx(expected, rel=1e-6, abs=1e-6 * 100)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_dead_units_are_0_for_every_sample(shape: tuple[int, ...]) -> None:
    x = (normal(*shape) - 1.2).relu()
    dead = [all(value == 0 for value in unit) for unit in units(x)]
    assert 0 < sum(dead) < len(dead)
    assert active(moments(x)) == [not gone for gone in dead]
    assert stats.dead_units(moments(x)) == pytest.approx(sum(dead) / len(dead))


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_saturated_units_have_a_mean_slope_below_a_twentieth(shape: tuple[int, ...], activation: str) -> None:
    z = (normal(*shape).double() * 12).requires_grad_()
    a = getattr(torch, activation)(z)
    (slope,) = torch.autograd.grad(a.sum(), z)
    saturated = [np.mean(unit) < 0.05 for unit in units(slope)]
    assert 0 < sum(saturated) < len(saturated)
    assert stats.saturated_units(moments(a), activation) == pytest.approx(sum(saturated) / len(saturated))


@pytest.mark.parametrize("name", ["hardtanh", "hardsigmoid", "relu6", "softsign"])
@pytest.mark.parametrize(("spread", "saturated"), [(1.0, 0.0), (1000.0, 1.0)])
def test_what_has_ends_is_saturated_there(name: str, spread: float, saturated: float) -> None:
    a = getattr(torch.nn.functional, name)(normal(400, 3).double() * spread)
    assert stats.saturated_units(moments(a), name) == saturated


def test_a_layer_full_of_zeros_may_have_no_dead_unit() -> None:
    assert stats.dead_units(moments(torch.eye(4))) == 0


def test_a_faint_unit_and_one_that_cancels_are_not_dead() -> None:
    x = torch.tensor([[1e-45, 1.0, 0.0], [0.0, -1.0, -0.0]])
    assert active(moments(x)) == [True, True, False]


def test_a_layer_without_units_along_a_dimension_is_one_unit() -> None:
    assert moments(torch.tensor([1.0, 3.0])).tolist() == [[2], [5]]
    assert moments(torch.tensor(3.0)).tolist() == [[3], [9]]


def test_complex_units_count_by_magnitude() -> None:
    assert moments(torch.tensor([[3 + 4j, 0]])).tolist() == [[5, 0], [25, 0]]


def test_a_layer_of_no_units_has_no_share_of_them() -> None:
    nothing = np.zeros((2, 0))
    assert math.isnan(stats.dead_units(nothing)) and math.isnan(stats.saturated_units(nothing, "tanh"))


def test_parts_pooled_are_their_concatenation() -> None:
    parts = [normal(n, 3, seed=n).relu() * 10.0**n for n in (1, 5, 7)]
    summaries = [exact.summary(part).numpy() for part in parts]
    pooled = stats.pooled_summary(summaries, [part.numel() for part in parts])
    assert pooled == pytest.approx(exact.summary(torch.cat(parts)).numpy(), rel=1e-12)

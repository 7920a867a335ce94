"""Statistics against exact arithmetic in Python and NumPy, on values that break float32."""

import math
import statistics
from collections.abc import Callable

import exact
import numpy as np
import pytest
import torch
from odd_tensors import BROKEN, TENSORS, normal, values
from torch import Tensor, nn
from torch.testing import assert_close

from torchdemos import stats

STATISTICS = {
    f.__name__: f
    for f in (stats.norm, stats.mean, stats.std, stats.abs_max, stats.zero_fraction, stats.finite_fraction)
}


@pytest.mark.parametrize("name", TENSORS)
def test_statistics_are_exact(name: str) -> None:
    x = TENSORS[name]
    v = values(x)
    expected = {
        "norm": math.hypot(*v),
        "mean": statistics.mean(v),
        "std": statistics.pstdev(v),
        "abs_max": max(map(abs, v)),
        "zero_fraction": v.count(0) / len(v),
        "finite_fraction": 1.0,
    }
    found = {name: statistic(x).item() for name, statistic in STATISTICS.items()}
    assert found == pytest.approx(expected, rel=1e-9, abs=0)


@pytest.mark.parametrize("name", TENSORS | BROKEN)
def test_the_summary_is_its_parts(name: str) -> None:
    x = (TENSORS | BROKEN)[name]
    expected = torch.stack([STATISTICS[part](x) for part in stats.SUMMARY])
    assert expected.dtype == torch.float64 and not expected.requires_grad
    assert_close(stats.summary(x), expected, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nan", {"norm": math.nan, "mean": math.nan, "std": math.nan, "abs_max": math.nan, "finite_fraction": 0.5}),
        ("inf", {"norm": math.inf, "mean": math.inf, "std": math.nan, "abs_max": math.inf, "finite_fraction": 0.5}),
        ("both infs", {"norm": math.inf, "mean": math.nan, "abs_max": math.inf, "finite_fraction": 0}),
        ("empty", dict.fromkeys(STATISTICS, math.nan)),
        ("empty batch", dict.fromkeys(STATISTICS, math.nan)),
    ],
)
def test_broken_values_propagate(name: str, expected: dict[str, float]) -> None:
    found = {statistic: STATISTICS[statistic](BROKEN[name]).item() for statistic in expected}
    assert found == pytest.approx(expected, nan_ok=True)


def test_half_precision_is_left_before_anything_is_squared() -> None:
    x = torch.full((1_000_000,), 300.0)
    assert stats.norm(x.half()) == pytest.approx(3e5)
    assert stats.norm(x.bfloat16()) == pytest.approx(3e5)


def test_one_element_has_a_standard_deviation_of_0() -> None:
    assert stats.std(torch.ones(1)) == 0


# Many tensors, and two


def test_the_total_norm_is_that_of_all_elements_together() -> None:
    parts = [normal(3, 4) * 1e-25, normal(5).half(), torch.empty(0), torch.tensor(2.0), normal(2).double() * 1e25]
    flat = np.concatenate([p.double().reshape(-1).numpy() for p in parts])
    assert stats.total_norm(parts).item() == pytest.approx(np.linalg.norm(flat), rel=1e-12)
    assert stats.total_norm(iter(parts[:1])).item() == pytest.approx(np.linalg.norm(flat[:12]), rel=1e-12)


def test_the_total_norm_of_nothing_is_0() -> None:
    assert stats.total_norm([]) == stats.total_norm([torch.empty(0)]) == 0


def test_measuring_an_infinite_gradient_leaves_the_others_alone() -> None:
    broken, healthy = torch.tensor([math.inf, 1.0]), torch.ones(2)
    assert stats.total_norm([broken, healthy]) == math.inf
    assert torch.equal(healthy, torch.ones(2)) and torch.equal(broken, torch.tensor([math.inf, 1.0]))


def test_a_step_of_sgd_goes_as_far_as_its_closed_form() -> None:
    weight = nn.Parameter(torch.tensor([3.0, 4.0]))
    before = weight.detach().clone()
    weight.grad = torch.tensor([0.6, 0.8])
    torch.optim.SGD([weight], lr=0.05).step()
    assert exact.distance(before, weight) == pytest.approx(0.05)
    assert exact.distance(weight.clone(), weight) == 0


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_the_distance_of_tiny_and_huge_weights_is_exact(scale: float) -> None:
    before, after = torch.full((4,), scale), torch.full((4,), 1.5 * scale)
    assert exact.distance(before, after) == pytest.approx(scale)


def test_a_complex_weight_that_only_turns_has_moved() -> None:
    assert exact.distance(torch.tensor([1 + 0j]), torch.tensor([1j])) == pytest.approx(math.sqrt(2))


# Units

SHAPES: dict[str, tuple[int, ...]] = {
    "dense [N, F]": (6, 20),
    "conv [N, C, H, W]": (2, 20, 3, 2),
    "transformer [N, T, F]": (2, 3, 20),
}


def moments(x: Tensor) -> Tensor:
    return stats.unit_moments(x, -1 if x.dim() == 3 else 1)


def units(x: Tensor) -> list[list[float]]:
    """The values of each unit, picked one by one."""
    axis = 2 if x.dim() == 3 else 1
    found: list[list[float]] = [[] for _ in range(x.shape[axis])]
    for index in np.ndindex(*x.shape):
        found[index[axis]].append(x[index].item())
    return found


def active(moments: Tensor) -> list[bool]:
    """Which units gave anything but 0 for at least one sample."""
    return (moments[1] != 0).tolist()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_unit_moments_are_each_units_mean_and_mean_square(shape: tuple[int, ...]) -> None:
    x = (normal(*shape) * 100).half()
    by_unit = np.array(units(x))
    expected = np.stack([by_unit.mean(axis=1), (by_unit**2).mean(axis=1)])
    assert_close(moments(x), torch.from_numpy(expected), rtol=1e-12, atol=0)


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


def test_a_layer_full_of_zeros_may_have_no_dead_unit() -> None:
    x = torch.eye(4)
    assert stats.zero_fraction(x) == 0.75
    assert stats.dead_units(moments(x)) == 0


def test_a_faint_unit_and_one_that_cancels_are_not_dead() -> None:
    x = torch.tensor([[1e-45, 1.0, 0.0], [0.0, -1.0, -0.0]])
    assert active(moments(x)) == [True, True, False]


def test_a_layer_without_units_along_a_dimension_is_one_unit() -> None:
    assert_close(moments(torch.tensor([1.0, 3.0])), torch.tensor([[2.0], [5.0]]).double())
    assert_close(moments(torch.tensor(3)), torch.tensor([[3.0], [9.0]]).double())


def test_complex_units_count_by_magnitude() -> None:
    assert_close(moments(torch.tensor([[3 + 4j, 0]])), torch.tensor([[5.0, 0.0], [25.0, 0.0]]).double())


# Innocence


def everything(x: Tensor) -> list[Tensor]:
    found = moments(x)
    return [
        *(statistic(x) for statistic in STATISTICS.values()),
        stats.summary(x),
        stats.total_norm([x, x]),
        found,
        stats.dead_units(found),
        stats.saturated_units(found, "tanh"),
        exact.distance(x, x),
        *stats.histogram(x),
        *stats.histogram(x, log10=True),
    ]


@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128, torch.float32, torch.int64])
def test_inputs_are_never_modified(dtype: torch.dtype) -> None:
    x = (10 * normal(6, 5)).to(dtype)
    before = x.clone()
    everything(x)
    assert torch.equal(x, before)


def test_no_random_number_is_drawn() -> None:
    before = torch.get_rng_state()
    everything(normal(6, 5))
    assert torch.equal(torch.get_rng_state(), before)


def test_autocast_changes_no_number() -> None:
    x = normal(6, 5) + 1e-3
    with torch.autocast("cpu", torch.bfloat16):
        found = everything(x)
    assert all(torch.equal(a, b) for a, b in zip(found, everything(x), strict=True))


@pytest.mark.parametrize("statistic", [*STATISTICS.values(), lambda x: stats.total_norm([x])])
def test_statistics_are_scalars_on_the_device_of_the_data(statistic: Callable[[Tensor], Tensor]) -> None:
    for x in (normal(3), torch.ones(2).half(), torch.tensor([True]), torch.empty(0)):
        assert (statistic(x).shape, statistic(x).dtype, statistic(x).device) == ((), torch.float64, x.device)

"""Statistics against exact arithmetic in Python and NumPy, on values that break float32."""

import math
import statistics
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from torchdemos import stats


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


TENSORS = {
    "normal": normal(40, 25),
    "1e-25": torch.full((2,), 1e-25),
    "1e20": torch.full((2,), 1e20),
    "1e25": normal(1000) * 1e25,
    "smallest normal": normal(7) * 1e-37,
    "subnormal": torch.tensor([1e-45, -3e-45, 1e-40, 0.0]),
    "largest": torch.tensor([3.4e38, -3.4e38, 3.3e38]),
    "mixed": torch.tensor([sign * 10.0**k for k in range(-38, 39) for sign in (1, -0.3)]),
    "mean far from zero": normal(1000) * 1e-3 + 1e4,
    "float64": normal(9).double() * 1e100,
    "half": torch.tensor([6e-8, 300.0, -65504.0, 0.0]).half(),
    "bfloat16": (normal(300) * 1e30).bfloat16(),
    "float8 e4m3": normal(50).to(torch.float8_e4m3fn),
    "float8 e5m2": normal(50).to(torch.float8_e5m2),
    "int8": torch.tensor([-128, 127, 0], dtype=torch.int8),
    "int64": torch.tensor([2**40, -(2**40), 3]),
    "uint8": torch.tensor([255, 255, 0], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
    "complex": torch.complex(normal(30, seed=1), normal(30, seed=2)) * 1e37,
    "sparse": torch.tensor([5.0, 0.0, 0.0, 2.0]).to_sparse(),
    "not coalesced": torch.sparse_coo_tensor([[3, 3, 0]], [1.0, 1.0, 5.0], (6,), check_invariants=True),
    "0-d": torch.tensor(-2.5),
    "one element": torch.ones(1),
    "transposed": normal(3, 4).t(),
    "expanded": normal(3, 1).expand(3, 4),
    "a parameter": nn.Parameter(normal(5)),
    "of a graph": nn.Parameter(normal(5)) * 2,
}
BROKEN = {
    "nan": torch.tensor([1.0, math.nan]),
    "inf": torch.tensor([1.0, math.inf]),
    "both infs": torch.tensor([-math.inf, math.inf]),
    "empty": torch.empty(0),
    "empty batch": torch.empty(0, 3),
}
STATISTICS = {
    f.__name__: f
    for f in (stats.norm, stats.mean, stats.std, stats.abs_max, stats.zero_fraction, stats.finite_fraction)
}


def values(x: Tensor) -> list[float]:
    return [abs(v) if isinstance(v, complex) else float(v) for v in x.detach().to_dense().reshape(-1).tolist()]


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


def test_the_update_ratio_of_a_step_of_sgd_is_its_closed_form() -> None:
    weight = nn.Parameter(torch.tensor([3.0, 4.0]))
    before = weight.detach().clone()
    weight.grad = torch.tensor([0.6, 0.8])
    torch.optim.SGD([weight], lr=0.05).step()
    assert stats.update_ratio(before, weight) == pytest.approx(0.05 / 5)
    assert stats.update_ratio(weight.clone(), weight) == 0


def test_the_update_ratio_survives_tiny_and_huge_weights() -> None:
    for scale in (1e-30, 1e30):
        assert stats.update_ratio(torch.full((4,), scale), torch.full((4,), 1.5 * scale)) == pytest.approx(0.5)


def test_the_update_ratio_of_a_weight_of_0_is_unknown() -> None:
    assert stats.update_ratio(torch.zeros(2), torch.ones(2)).isnan()


def test_a_complex_weight_that_only_turns_has_moved() -> None:
    assert stats.update_ratio(torch.tensor([1 + 0j]), torch.tensor([1j])) == pytest.approx(math.sqrt(2))


# Units

SHAPES: dict[str, tuple[int, ...]] = {
    "dense [N, F]": (6, 20),
    "conv [N, C, H, W]": (2, 20, 3, 2),
    "transformer [N, T, F]": (2, 3, 20),
}


def units(x: Tensor) -> list[list[float]]:
    """The values of each unit, picked one by one."""
    axis = 2 if x.dim() == 3 else 1
    found: list[list[float]] = [[] for _ in range(x.shape[axis])]
    for index in np.ndindex(*x.shape):
        found[index[axis]].append(x[index].item())
    return found


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_unit_moments_are_each_units_mean_and_mean_square(shape: tuple[int, ...]) -> None:
    x = (normal(*shape) * 100).half()
    by_unit = np.array(units(x))
    expected = np.stack([by_unit.mean(axis=1), (by_unit**2).mean(axis=1)])
    assert_close(stats.unit_moments(x), torch.from_numpy(expected), rtol=1e-12, atol=0)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_dead_units_are_0_for_every_sample(shape: tuple[int, ...]) -> None:
    x = (normal(*shape) - 1.2).relu()
    dead = [all(value == 0 for value in unit) for unit in units(x)]
    assert 0 < sum(dead) < len(dead)
    moments = stats.unit_moments(x)
    assert (~stats.active_units(moments)).tolist() == dead
    assert stats.dead_units(moments) == pytest.approx(sum(dead) / len(dead))


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_saturated_units_have_a_mean_slope_below_a_twentieth(shape: tuple[int, ...], activation: str) -> None:
    z = (normal(*shape).double() * 12).requires_grad_()
    a = getattr(torch, activation)(z)
    (slope,) = torch.autograd.grad(a.sum(), z)
    saturated = [np.mean(unit) < 0.05 for unit in units(slope)]
    assert 0 < sum(saturated) < len(saturated)
    assert stats.saturated_units(stats.unit_moments(a), activation) == pytest.approx(sum(saturated) / len(saturated))


def test_a_layer_full_of_zeros_may_have_no_dead_unit() -> None:
    x = torch.eye(4)
    assert stats.zero_fraction(x) == 0.75
    assert stats.dead_units(stats.unit_moments(x)) == 0


def test_a_faint_unit_and_one_that_cancels_are_not_dead() -> None:
    x = torch.tensor([[1e-45, 1.0, 0.0], [0.0, -1.0, -0.0]])
    assert stats.active_units(stats.unit_moments(x)).tolist() == [True, True, False]


def test_a_layer_without_units_along_a_dimension_is_one_unit() -> None:
    assert_close(stats.unit_moments(torch.tensor([1.0, 3.0])), torch.tensor([[2.0], [5.0]]).double())
    assert_close(stats.unit_moments(torch.tensor(3)), torch.tensor([[3.0], [9.0]]).double())


def test_complex_units_count_by_magnitude() -> None:
    assert_close(stats.unit_moments(torch.tensor([[3 + 4j, 0]])), torch.tensor([[5.0, 0.0], [25.0, 0.0]]).double())


# Histograms


@pytest.mark.parametrize("log10", [False, True])
@pytest.mark.parametrize("name", TENSORS | BROKEN)
def test_a_histogram_counts_every_finite_value_between_rising_edges(name: str, log10: bool) -> None:
    x = (TENSORS | BROKEN)[name]
    placed = [v for v in values(x) if math.isfinite(v) and (v != 0 or not log10)]
    placed = [math.log10(abs(v)) for v in placed] if log10 else placed
    counts, edges, dropped = stats.histogram(x, log10=log10)
    assert counts.sum() == len(placed) and dropped == x.numel() - len(placed)
    assert counts.shape == (64,) and edges.shape == (65,)
    assert (edges.diff() > 0).all() and edges.isfinite().all()
    if placed:
        slack = 1e-12 * (edges[-1] - edges[0])
        assert edges[0] <= min(placed) + slack and max(placed) - slack <= edges[-1]


@pytest.mark.parametrize("log10", [False, True])
def test_a_histogram_is_numpys(log10: bool) -> None:
    x = normal(10_000)
    seen = np.log10(np.abs(x.double().numpy())) if log10 else x.double().numpy()
    expected, edges = np.histogram(seen, bins=30)
    found = stats.histogram(x, bins=30, log10=log10)
    assert found.counts.tolist() == expected.tolist()
    assert found.edges.numpy() == pytest.approx(edges, abs=1e-12)


def test_a_histogram_drops_nan_and_inf() -> None:
    counts, edges, dropped = stats.histogram(torch.tensor([1.0, 2.0, math.nan, math.inf]))
    assert counts.sum() == 2 and dropped == 2
    assert (edges[0], edges[-1], counts[0], counts[-1]) == (1, 2, 1, 1)


@pytest.mark.parametrize("value", [5.0, 0.0, -1e-30, 3e38])
def test_equal_values_fill_the_middle_bin(value: float) -> None:
    counts, edges, _ = stats.histogram(torch.full((3,), value), bins=5)
    assert counts.tolist() == [0, 0, 3, 0, 0]
    assert edges[2] < value < edges[3]


def test_a_histogram_of_halves_loses_no_count() -> None:
    x = torch.rand(100_000, generator=torch.Generator().manual_seed(0))
    for counts in (stats.histogram(x.bfloat16(), bins=2).counts, stats.histogram(x.half(), bins=2).counts):
        assert counts.sum() == 100_000 and counts.min() > 49_000


def test_vanishing_gradients_keep_their_shape_on_the_log_axis() -> None:
    counts, edges, dropped = stats.histogram(torch.cat([1e-20 * normal(1000), torch.zeros(3)]), log10=True)
    assert (counts > 0).sum() > 10 and dropped == 3
    assert -25 < edges[0] < -20 < edges[-1] < -19


# Unusual tensors


class Sharded(Tensor):
    """Half of a tensor on this process; the whole is asked for by name."""

    def full_tensor(self) -> Tensor:
        return torch.tensor([[3.0, 4.0], [12.0, 0.0]])


def test_a_sharded_tensor_is_measured_whole() -> None:
    shard, whole = torch.tensor([[3.0, 4.0]]).as_subclass(Sharded), torch.tensor([[3.0, 4.0], [12.0, 0.0]])
    assert stats.norm(shard) == stats.total_norm([shard]) == 13
    assert torch.equal(stats.summary(shard), stats.summary(whole))
    assert torch.equal(stats.unit_moments(shard), stats.unit_moments(whole))
    assert stats.histogram(shard).counts.sum() == 4
    assert stats.update_ratio(shard, 2 * whole) == 1


def test_a_meta_tensor_has_no_numbers() -> None:
    x = torch.empty(3, 4, device="meta")
    assert stats.summary(x).isnan().all() and stats.unit_moments(x).isnan().all()
    assert stats.histogram(x).counts.sum() == 0


def test_a_nested_tensor_is_all_its_parts() -> None:
    x = torch.nested.nested_tensor([torch.ones(2, 3), torch.zeros(4, 3)], layout=torch.jagged)
    assert stats.norm(x) == pytest.approx(math.sqrt(6))
    assert stats.mean(x) == pytest.approx(1 / 3)
    assert stats.histogram(x).counts.sum() == 18


def test_a_sparse_gradient_adds_up_its_repeated_rows() -> None:
    words = nn.Embedding(5, 2, sparse=True)
    words(torch.tensor([1, 1, 4])).sum().backward()
    assert stats.norm(words.weight.grad) == pytest.approx(math.sqrt(2 * 2**2 + 2 * 1**2))


# Innocence


def everything(x: Tensor) -> list[Tensor]:
    moments = stats.unit_moments(x)
    return [
        *(statistic(x) for statistic in STATISTICS.values()),
        stats.summary(x),
        stats.total_norm([x, x]),
        moments,
        stats.active_units(moments),
        stats.dead_units(moments),
        stats.saturated_units(moments, "tanh"),
        stats.update_ratio(x, x),
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

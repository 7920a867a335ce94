"""The numbers of a whole tensor, and the reference in float64, against exact arithmetic in Python and NumPy."""

import math
import statistics
from collections.abc import Callable

import exact
import numpy as np
import pytest
import torch
from odd_tensors import BROKEN, TENSORS, normal, values
from torch import Tensor, nn

from torchdemos import stats

REFERENCES = {f.__name__: f for f in (exact.norm, exact.mean, exact.std)}
SCALARS = {f.__name__: f for f in (stats.norm, stats.mean, stats.std)}


@pytest.mark.parametrize("name", TENSORS)
def test_the_reference_is_exact_and_the_scalars_are_to_a_millionth(name: str) -> None:
    x = TENSORS[name]
    v = values(x)
    expected = {"norm": math.hypot(*v), "mean": statistics.mean(v), "std": statistics.pstdev(v)}
    others = {"abs_max": max(map(abs, v)), "zero_fraction": v.count(0) / len(v), "finite_fraction": 1.0}
    found = {name: statistic(x).item() for name, statistic in REFERENCES.items()}
    assert found == pytest.approx(expected, rel=1e-9, abs=0)
    assert dict(zip(stats.SUMMARY, exact.summary(x).tolist(), strict=True)) | {"norm": found["norm"]} == pytest.approx(
        expected | others, rel=1e-9, abs=0
    )
    size = math.hypot(expected["mean"], expected["std"])
    for name, statistic in SCALARS.items():
        assert statistic(x).item() == pytest.approx(expected[name], rel=1e-6, abs=1e-7 * size), name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nan", {"norm": math.nan, "mean": math.nan, "std": math.nan}),
        ("inf", {"norm": math.inf, "mean": math.inf, "std": math.nan}),
        ("both infs", {"norm": math.inf, "mean": math.nan, "std": math.nan}),
        ("empty", dict.fromkeys(SCALARS, math.nan)),
        ("empty batch", dict.fromkeys(SCALARS, math.nan)),
    ],
)
def test_broken_values_propagate(name: str, expected: dict[str, float]) -> None:
    for functions in (SCALARS, REFERENCES):
        found = {statistic: functions[statistic](BROKEN[name]).item() for statistic in expected}
        assert found == pytest.approx(expected, nan_ok=True)


def test_half_precision_is_left_before_anything_is_squared() -> None:
    x = torch.full((1_000_000,), 300.0)
    assert stats.norm(x.half()) == pytest.approx(3e5)
    assert stats.norm(x.bfloat16()) == pytest.approx(3e5)


def test_the_total_norm_is_that_of_all_elements_together() -> None:
    parts = [normal(3, 4) * 1e-25, normal(5).half(), torch.empty(0), torch.tensor(2.0), normal(2).double() * 1e25]
    flat = np.concatenate([p.double().reshape(-1).numpy() for p in parts])
    assert stats.total_norm(parts).item() == pytest.approx(np.linalg.norm(flat), rel=1e-6)
    assert stats.total_norm(iter(parts[:1])).item() == pytest.approx(np.linalg.norm(flat[:12]), rel=1e-6)


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


def test_a_complex_weight_that_only_turns_has_moved() -> None:
    assert exact.distance(torch.tensor([1 + 0j]), torch.tensor([1j])) == pytest.approx(math.sqrt(2))


@pytest.mark.parametrize("statistic", [*SCALARS.values(), lambda x: stats.total_norm([x])])
def test_scalars_are_float64(statistic: Callable[[Tensor], Tensor]) -> None:
    for x in (normal(3), torch.ones(2).half(), torch.tensor([True]), torch.empty(0)):
        assert (statistic(x).shape, statistic(x).dtype, statistic(x).device.type) == ((), torch.float64, "cpu")


def everything(x: Tensor) -> list[Tensor]:
    return [
        *(statistic(x) for statistic in SCALARS.values()),
        stats.total_norm([x, x]),
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
    x = normal(6, 5).double() + 1e-3
    with torch.autocast("cpu", torch.bfloat16):
        found = everything(x)
    assert all(torch.equal(a, b) for a, b in zip(found, everything(x), strict=True))

"""The loops for norms read many tensors in one call, each as it is stored."""

import math

import exact
import pytest
import torch
from odd_tensors import normal

from torchdemos.stats import kernels


def test_a_step_is_measured_by_how_far_it_went() -> None:
    x = normal(300, 40)
    for y in (x + 1e-6 * normal(300, 40), x * 1e-30, x.bfloat16(), x.t().contiguous().t(), x.double()):
        expected = exact.norm(x.double() - y.double()).item()
        assert kernels.distances([(x, y)])[0] == pytest.approx(expected, rel=1e-6, abs=0)


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
        torch.testing.assert_close(torch.as_tensor(found), true, rtol=1e-6, atol=0, equal_nan=True)


@pytest.mark.parametrize("kind", ["half", "transposed", "channels last", "with gaps", "many parts"])
def test_a_parameter_is_measured_however_it_is_stored(kind: str) -> None:
    x = {
        "half": lambda: normal(30, 40).half(),
        "transposed": lambda: normal(30, 40).t(),
        "channels last": lambda: normal(3, 4, 5, 6).to(memory_format=torch.channels_last),
        "with gaps": lambda: normal(30, 40)[:, ::2],
        "many parts": lambda: normal(1500, 1500)[:, ::2],
    }[kind]()
    y = (2 * x).clone()
    expected = [exact.norm(x).item(), exact.distance(x, y).item()]
    assert [*kernels.norms([x]), *kernels.distances([(x, y)])] == pytest.approx(expected, rel=1e-6)


def test_norms_of_no_tensor_are_none() -> None:
    assert len(kernels.norms([])) == len(kernels.distances([])) == 0


def test_strides_of_dimensions_of_size_1_mean_nothing() -> None:
    x, y = normal(50, 1), normal(100, 1)[::2].clone()
    odd = y.as_strided((50, 1), (1, 7))
    assert odd.stride() != x.stride() and odd.is_contiguous()
    assert kernels.distances([(x, odd)])[0] == pytest.approx(exact.distance(x, odd).item(), rel=1e-12)

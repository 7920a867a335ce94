"""Every kind of tensor is measured as the plain tensor that it stands for."""

import math

import exact
import pytest
import torch
from torch import Tensor, nn

from torchdemos import stats


class Sharded(Tensor):
    """Half of a tensor on this process; the whole is asked for by name."""

    def full_tensor(self) -> Tensor:
        return torch.tensor([[3.0, 4.0], [12.0, 0.0]])


def test_a_sharded_tensor_is_measured_whole() -> None:
    shard, whole = torch.tensor([[3.0, 4.0]]).as_subclass(Sharded), torch.tensor([[3.0, 4.0], [12.0, 0.0]])
    assert stats.norm(shard) == stats.total_norm([shard]) == 13
    assert stats.std(shard) == stats.std(whole)
    assert torch.equal(stats.as_plain(shard), whole)
    assert stats.histogram(shard).counts.sum() == 4
    assert exact.distance(shard, 2 * whole) == 13


def test_a_meta_tensor_has_no_numbers() -> None:
    x = torch.empty(3, 4, device="meta")
    assert stats.norm(x).isnan() and stats.std(x).isnan() and not stats.as_plain(x).numel()
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

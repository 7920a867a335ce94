"""What PyTorch's reductions cost on a device: kernels, memory, transfers, and what they need of it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from elsewhere import elsewhere, left
from memory_of import most_memory
from odd_tensors import normal
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from torchdemos.stats import in_range, norm_sums, output_sums, pieces
from torchdemos.stats.vectors import Float64Vector, OnDevice, bring

NO_KERNEL = ("empty", "new_empty", "view", "reshape", "expand", "select", "slice", "alias", "detach", "unsqueeze")
NO_KERNEL += ("split", "permute", "narrow", "unbind", "t", "transpose", "as_strided", "_reshape_alias")


class Kernels(TorchDispatchMode):
    """Collects the names of the operations that compute something."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = function._schema.name.removeprefix("aten::")
        if name not in NO_KERNEL:
            self.names.append(name)
        return function(*args, **(kwargs or {}))


def kernels(measure: Callable[[], Float64Vector]) -> list[str]:
    measure()
    with Kernels() as seen:
        measure()
    return seen.names


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16, torch.float16, torch.float64])
@pytest.mark.parametrize("shape", [(128, 256), (8, 16, 12, 12), (40, 6, 3, 2), (4, 1, 7)])
def test_an_output_takes_at_most_ten_kernels(shape: tuple[int, ...], kind: torch.dtype) -> None:
    x = normal(*shape).to(kind)
    assert 8 <= len(kernels(lambda: output_sums.output_statistics(x, 1))) <= 10
    assert 8 <= len(kernels(lambda: in_range.output_statistics(x, 1))) <= 11  # one more reads halves
    stored = x.to(memory_format=torch.channels_last) if x.dim() == 4 else x.transpose(0, -1)
    assert len(kernels(lambda: output_sums.output_statistics(stored, 1))) <= 10


def test_a_gradient_takes_at_most_ten_kernels_and_many_parameters_hardly_more() -> None:
    x, many = normal(128, 250), [(normal(30, 7),) for _ in range(50)]
    assert len(kernels(lambda: norm_sums.norm_and_abs_max(x))) <= 10
    padding = len(many)  # each ends in a row of its own
    assert len(kernels(lambda: norm_sums.norms(many))) <= 10 + padding
    assert len(kernels(lambda: norm_sums.norms([(y, y) for (y,) in many]))) <= 12 + 2 * padding


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16, torch.float64, torch.complex64])
@pytest.mark.parametrize("stored", ["as made", "with gaps"])
def test_no_copy_is_larger_than_a_piece(kind: torch.dtype, stored: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "BYTES", 2**18)
    x = normal(64, 16, 20, 20).to(kind)
    x = x if stored == "as made" else x[..., ::2]
    most = 3 * 2**18  # PyTorch copies a piece once more to convert or to order it
    assert x.numel() * 4 > most
    assert most_memory(lambda: output_sums.output_statistics(x, 1)) <= most
    assert most_memory(lambda: norm_sums.norm_and_abs_max(x)) <= most
    assert most_memory(lambda: norm_sums.norms([(x,), (x, x)])) <= most
    if x.element_size() <= 4:
        assert most_memory(lambda: in_range.output_statistics(x, 1)) <= most
        assert most_memory(lambda: in_range.norm_and_abs_max(x)) <= most
        assert most_memory(lambda: in_range.norms([(x.reshape(-1),)] * 2)) <= most


def test_a_piece_is_small_beside_a_large_output() -> None:
    x, most = torch.eye(2**9, 2**13).view(2**9, 2, -1), 2**23  # bytes, half of the output's
    for measure in (output_sums.output_statistics, in_range.output_statistics):
        assert most_memory(lambda measure=measure: measure(x, 1)) <= most
    for gradient in (norm_sums.norm_and_abs_max, in_range.norm_and_abs_max):
        assert most_memory(lambda gradient=gradient: gradient(x)) <= most
    assert most_memory(lambda: norm_sums.norms([(x, x)])) <= most
    assert most_memory(lambda: in_range.norms([(x, x)])) <= most


def test_a_device_without_float64_is_waited_for_once() -> None:
    x = elsewhere(normal(8, 16, 12, 12))
    left.clear()
    found = [output_sums.output_statistics(x, 1), norm_sums.norm_and_abs_max(x), norm_sums.norms([(x,), (x, 2 * x)])]
    assert all(isinstance(vector, OnDevice) for vector in found) and not left
    brought = bring(found)
    assert left.total() == 1
    there = x.as_subclass(Tensor)
    here = [output_sums.output_statistics(there, 1), norm_sums.norm_and_abs_max(there)]
    assert [list(vector) for vector in brought[:2]] == [pytest.approx(vector, rel=1e-6) for vector in here]


def test_another_default_device_changes_nothing() -> None:
    x = normal(5, 3)
    expected = bring([output_sums.output_statistics(x, 1), norm_sums.norm_and_abs_max(x)])
    with torch.device("meta"):
        found = bring([output_sums.output_statistics(x, 1), norm_sums.norm_and_abs_max(x)])
    assert [list(vector) for vector in found] == [list(vector) for vector in expected]


def test_more_elements_than_float32_counts_are_all_finite() -> None:
    counts = np.zeros((7, 300), np.float32)
    counts[5], counts[6] = 99_991, 7
    found = output_sums._finish([99_991], 1, counts)
    assert (found[4], found[3]) == (1, 7 / 99_991)


def test_a_unit_whose_squares_vanish_in_float64_is_not_dead() -> None:
    x = torch.tensor([[1e-200, 0.0, 1e-310], [0.0, 0.0, -1e-310]], dtype=torch.float64)
    assert output_sums.output_statistics(x, 1)[5] == pytest.approx(1 / 3)

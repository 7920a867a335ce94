"""Copies of one unit are told from units that differ."""

import math

import pytest
import torch
from torch import Tensor, nn

from torchdemos import watch
from torchdemos.watching.equal_units import equal_units
from torchdemos.watching.outputs import measure


def equal_units_of(output: Tensor, place: int = 1) -> float:
    measured = measure(output, place)
    assert measured is not None
    return float(equal_units(measured)[0])


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("columns", "expected"),
    [([0, 0, 0], 1.0), ([0, 0, 1], 0.0), ([0, 1, 1], 0.0), ([1, 0], 0.0)],
    ids=["all alike", "the last differs", "the first differs", "two"],
)
def test_units_are_equal_if_all_give_the_same(columns: list[int], expected: float, kind: torch.dtype) -> None:
    two = torch.randn(6, 2, generator=torch.Generator().manual_seed(0), dtype=kind)
    assert equal_units_of(two[:, columns]) == expected


def test_units_with_the_same_mean_and_other_squares_differ() -> None:
    assert equal_units_of(torch.tensor([[1.0, 2.0], [-1.0, -2.0]])) == 0


@pytest.mark.parametrize(("apart", "expected"), [(1e-6, 1.0), (1e-3, 0.0)])
def test_copies_of_a_unit_differ_by_rounding(apart: float, expected: float) -> None:
    """Equal weights in a matrix product of float32 differ by up to 6e-7 in the first thirty steps."""
    one = torch.tensor([[1.0], [-2.0], [4.0]])
    assert equal_units_of(one * torch.tensor([1.0, 1.0, 1 + apart])) == expected


def test_normalized_units_are_no_copies() -> None:
    """Their means and mean squares are 0 and 1, but for rounding."""
    norm = nn.BatchNorm1d(4, eps=1e-12)
    assert equal_units_of(norm(torch.randn(64, 4, generator=torch.Generator().manual_seed(0)))) == 0


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_units_that_are_not_finite_are_not_called_equal(value: float) -> None:
    assert equal_units_of(torch.full((4, 3), value)) == 0


def test_a_layer_of_one_unit_has_no_units_that_could_be_equal() -> None:
    around = watch(model := nn.Sequential(nn.Linear(6, 1), nn.Linear(1, 3)))
    with around(0):
        model(torch.randn(8, 6))
    assert around.last is not None
    assert "equal_units" not in around.last.activations["0"] and around.last.activations["1"]["equal_units"] == 0

"""Matrices as coloured cells."""

import math

import pytest
import torch
from picture_checks import MAGENTA, is_a_picture

from torchdemos import pictures


def test_the_same_value_has_the_same_colour_in_every_heatmap_with_the_same_limits() -> None:
    one, other = torch.full((6, 6), 0.3), torch.full((6, 6), 0.3)
    other[3:] = 0.9
    one, other = (pictures.heatmap(m, 0, 1, "norms") for m in (one, other))
    changed = (one != other).any(0).any(1).nonzero()
    assert one.shape == other.shape and is_a_picture(one, 300)
    expected = pictures.sequential(torch.tensor([[0.3]]), 0, 1)[:, 0, 0]
    above = int(changed.min()) - 5
    assert torch.equal(one[:, above, 150], expected) and torch.equal(other[:, above, 150], expected)


def test_row_0_of_a_heatmap_is_at_the_top() -> None:
    picture = pictures.heatmap(torch.tensor([[0.0], [1.0]]))
    first, last = (pictures.sequential(torch.full((1, 1), v), 0, 1)[:, 0, 0] for v in (0.0, 1.0))
    assert torch.equal(picture[:, 10, 150], first) and torch.equal(picture[:, 50, 150], last)


def test_a_heatmap_explains_magenta_only_when_there_is_some() -> None:
    clean = torch.zeros(4, 1000)
    spoilt = clean.clone()
    spoilt[2, 777] = math.nan
    before, after = pictures.heatmap(clean), pictures.heatmap(spoilt)
    assert (after == MAGENTA[:, None, None]).all(0).any() and after.shape[1] > before.shape[1]


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (20, 11)])
@pytest.mark.parametrize("value", [1.0, math.nan, math.inf])
def test_a_heatmap_takes_any_matrix(shape: tuple[int, int], value: float) -> None:
    assert is_a_picture(pictures.heatmap(torch.full(shape, value), x_label="step", y_label="layer", unit="std"), 300)


def test_heatmaps_of_nothing_and_names_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="matrix"):
        pictures.heatmap(torch.empty(0, 3))
    with pytest.raises(ValueError, match="y_ticks"):
        pictures.heatmap(torch.ones(2, 3), y_ticks=["one"])

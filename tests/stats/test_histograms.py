"""Histograms count every finite value, once, in the right bin."""

import math

import numpy as np
import pytest
import torch
from odd_tensors import BROKEN, TENSORS, normal, values

from torchdemos.stats.histograms import histogram


@pytest.mark.parametrize("log10", [False, True])
@pytest.mark.parametrize("name", TENSORS | BROKEN)
def test_a_histogram_counts_every_finite_value_between_rising_edges(name: str, log10: bool) -> None:
    x = (TENSORS | BROKEN)[name]
    placed = [v for v in values(x) if math.isfinite(v) and (v != 0 or not log10)]
    placed = [math.log10(abs(v)) for v in placed] if log10 else placed
    counts, edges, dropped = histogram(x, log10=log10)
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
    found = histogram(x, bins=30, log10=log10)
    assert found.counts.tolist() == expected.tolist()
    assert found.edges.numpy() == pytest.approx(edges, abs=1e-12)


def test_a_histogram_drops_nan_and_inf() -> None:
    counts, edges, dropped = histogram(torch.tensor([1.0, 2.0, math.nan, math.inf]))
    assert counts.sum() == 2 and dropped == 2
    assert (edges[0], edges[-1], counts[0], counts[-1]) == (1, 2, 1, 1)


@pytest.mark.parametrize("value", [5.0, 0.0, -1e-30, 3e38])
def test_equal_values_fill_the_middle_bin(value: float) -> None:
    counts, edges, _ = histogram(torch.full((3,), value), bins=5)
    assert counts.tolist() == [0, 0, 3, 0, 0]
    assert edges[2] < value < edges[3]


def test_a_histogram_of_halves_loses_no_count() -> None:
    x = torch.rand(100_000, generator=torch.Generator().manual_seed(0))
    for counts in (histogram(x.bfloat16(), bins=2).counts, histogram(x.half(), bins=2).counts):
        assert counts.sum() == 100_000 and counts.min() > 49_000


def test_vanishing_gradients_keep_their_shape_on_the_log_axis() -> None:
    counts, edges, dropped = histogram(torch.cat([1e-20 * normal(1000), torch.zeros(3)]), log10=True)
    assert (counts > 0).sum() > 10 and dropped == 3
    assert -25 < edges[0] < -20 < edges[-1] < -19

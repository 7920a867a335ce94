"""Floors and starting points of the loss, against closed forms."""

import math

import numpy as np
import pytest

from torchdemos.theory import loss


def test_label_entropy_of_mnist() -> None:
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert loss.label_entropy(counts) == pytest.approx(2.301159, abs=5e-7)


def test_label_entropy_of_balanced_classes_is_the_chance_loss() -> None:
    assert loss.label_entropy([7] * 10 + [0]) == pytest.approx(loss.chance_loss(10)) == pytest.approx(2.302585)
    assert loss.label_entropy(np.array([0, 5])) == 0.0


@pytest.mark.parametrize("counts", [[], [0, 0], [3, -1], [1, math.nan], [1, math.inf]])
def test_counts_that_count_nothing_are_refused(counts: list[float]) -> None:
    with pytest.raises(ValueError, match="counts must be"):
        loss.label_entropy(counts)


def test_no_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        loss.chance_loss(0)

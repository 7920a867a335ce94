"""How deep a network can be trained."""

import math
from collections.abc import Sequence

import pytest
import torch

from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.experiments import trainability
from torchdemos.lab.experiments.trainability import DEPTHS, VARIANCES, claims, half_trained
from torchdemos.lab.theory.correlation import correlation_depth

XI = {variance: correlation_depth("tanh", variance, trainability.BIAS_VARIANCE) for variance in VARIANCES}


def grid_of(ratio: float, depths: Sequence[int] = DEPTHS) -> dict[tuple[int, float], float]:
    """Accuracies that fall through 0.5 at `ratio` xi, softly in the logarithm of depth."""
    return {
        (depth, variance): 1 / (1 + math.exp(5 * math.log(depth / (ratio * XI[variance]))))
        for depth in depths
        for variance in VARIANCES
    }


def reach(grid: dict[tuple[int, float], float]) -> dict[float, float]:
    return {variance: found for variance in VARIANCES if (found := half_trained(grid, variance))}


@pytest.mark.parametrize(("ratio", "held"), [(5.0, True), (2.0, False)])
def test_a_grid_that_follows_the_law_is_read_so_and_another_is_not(ratio: float, held: bool) -> None:
    grid = grid_of(ratio)
    found = claims(grid, max(DEPTHS), reach(grid), XI)
    assert found[0].measured == pytest.approx(ratio, rel=0.05) and found[3].measured > 0.99
    assert all(bound.holds for bound in found) == held, found


def test_the_depth_is_read_between_the_depths_that_were_tried() -> None:
    grid = {(10, 1.0): 0.9, (40, 1.0): 0.1, (10, 2.0): 0.9, (40, 2.0): 0.8}
    assert half_trained(grid, 1.0) == pytest.approx(20)
    assert half_trained(grid, 2.0) is None


def test_nothing_to_read_is_no_error_and_no_agreement() -> None:
    grid = {(depth, variance): math.nan for depth in DEPTHS for variance in VARIANCES}
    assert not any(bound.holds for bound in claims(grid, max(DEPTHS), {}, XI)[:4])


def test_a_small_grid_is_drawn_and_its_critical_column_learns_best(digits: Digits) -> None:
    images, labels = standardize(digits.train_images), digits.train_labels
    result = trainability.run(images, labels, (2, 24), (), width=40, steps=50, batch=32, lr=0.03)
    assert set(result.figures) == {trainability.DEPTH_FIGURE, trainability.ACCURACY_FIGURE}
    assert all(torch.isfinite(image).all() for image in result.figures.values())
    assert [claim.name.partition(" (")[0] for claim in result.claims] == [
        "trainable depth / xi_c, median",
        "trainable depth / xi_c, least",
        "trainable depth / xi_c, most",
        "correlation of their logs",
        "best variance for the deepest",
    ]
    assert 1.25 <= result.claims[4].measured <= 2.5


def test_theory_says_beforehand_where_few_steps_set_the_limit() -> None:
    assert trainability.limited_by_steps(XI, 80, 120) == [1.5, 2.0, 2.25]


def test_deeper_networks_train_four_times_as_long_there(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def train_grid(images, labels, variances, depths, steps, **rest):
        seen.append((len(variances), depths, steps))
        found = grid_of(4.5 if steps > 200 else 2, depths)
        return {(depth, variance): share for (depth, variance), share in found.items() if variance in variances}

    monkeypatch.setattr(trainability, "train_grid", train_grid)
    result = trainability.run(digits.train_images, digits.train_labels)
    assert seen == [(13, DEPTHS, 200), (3, (54, 80, 120), 800)]
    assert result.claims[2].measured == pytest.approx(4.5, rel=0.05)

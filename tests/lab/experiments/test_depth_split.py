"""Xavier's start stalls with depth, He's does not."""

import pytest
import torch

from torchdemos import pictures
from torchdemos.lab.claims import Bound
from torchdemos.lab.data import Digits, standardize
from torchdemos.lab.experiments import depth_split
from torchdemos.lab.experiments.depth_split import Group


def test_variances_keep_the_law_and_thirty_layers_stall_from_xaviers_start(digits: Digits) -> None:
    """What can be seen in the first steps, at another seed."""
    data = standardize(digits.train_images), digits.train_labels, digits.test_images, digits.test_labels
    result = depth_split.run(*data, steps=15, batch=32, networks=1, seed=7)
    assert [claim.name for claim in result.claims] == [
        "22 layers, Xavier: log2 of variance",
        "30 layers, Xavier: log2 of variance",
        "30 layers, Xavier: loss",
        "30 layers, Xavier: share of digits named right",
        "30 layers, He: share of digits named right",
        "22 layers, Xavier: share of digits named right",
        "22 layers: He's lead over Xavier in digits named right",
    ]
    held = {claim.name for claim in result.claims if claim.holds}
    assert {"22 layers, Xavier: log2 of variance", "30 layers, Xavier: log2 of variance"} < held
    assert {"30 layers, Xavier: loss", "30 layers, Xavier: share of digits named right"} < held
    assert all(image.shape[2] == pictures.CARD_WIDTH for image in result.figures.values())
    assert set(result.curves) == {
        f"depth_split/loss_{depth}_{start}" for depth in (22, 30) for start in ("xavier", "he")
    }


def test_twelve_layers_learn_from_hes_start_before_they_do_from_xaviers(digits: Digits) -> None:
    images, labels = standardize(digits.train_images), digits.train_labels
    data = images, labels, standardize(digits.test_images), digits.test_labels
    groups = depth_split.train(12, [0, 1], data, 60, 64, 0.01, lambda items, what, total: items)
    assert groups[12, "He"].final_loss < 0.8 * groups[12, "Xavier"].final_loss
    assert len(groups[12, "He"].named) == 2 and min(groups[12, "He"].named) > max(groups[12, "Xavier"].named)


def test_variances_of_the_wide_law_lie_above_those_of_finite_width() -> None:
    found = depth_split.variances(30, 1.0)
    assert found[0] == 0 and found[1] == pytest.approx(-1, abs=0.05)
    assert -30 < found[29] < -29


def test_the_median_network_speaks_for_its_group() -> None:
    losses = torch.tensor([[9.0, 9.0, 9.0], [1.0, 2.0, 30.0]]).repeat_interleave(depth_split.FINAL_BATCHES, dim=0)
    assert Group(losses, []).final_loss == 2.0
    names = {(22, "Xavier"): 0.5, (22, "He"): 0.9, (30, "Xavier"): 0.1, (30, "He"): 0.7}
    floor = torch.full((60, 3), 2.3)
    groups = {key: Group(floor, [named, 0.0, 1.0]) for key, named in names.items()}
    claims = depth_split.outcomes(groups, 2.302)
    assert all(claim.holds for claim in claims), claims
    assert [claim.measured for claim in claims if isinstance(claim, Bound)] == pytest.approx([0.1, 0.7, 0.5, 0.4])

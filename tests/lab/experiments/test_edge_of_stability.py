"""Sharpness rises to 2 / learning rate and stays there."""

import math

import pytest
import torch

from torchdemos.lab.data import Digits
from torchdemos.lab.experiments import edge_of_stability
from torchdemos.lab.experiments.edge_of_stability import Training
from torchdemos.lab.result import Result


@pytest.fixture(scope="module")
def result(digits: Digits) -> Result:
    return edge_of_stability.run(digits.train_images[:100], digits.train_labels[:100], 0.05, 250, seed=3)


def test_every_claim_holds_with_another_seed_and_fewer_digits(result: Result) -> None:
    held = [claim.name for claim in result.claims if claim.holds]
    assert held == [
        "sharpness / (2/lr), median of the last half, lr 0.05, 100 digits",
        "share of steps that lead up at the edge, lr 0.05, 100 digits",
        "last loss / first loss, lr 0.05, 100 digits",
        "steps that lead up below the edge, lr 0.02, 100 digits",
    ], result.claims


def test_sharpness_starts_below_its_edge_and_is_drawn_beside_it(result: Result) -> None:
    sharp, edge = (result.curves[f"edge_of_stability/{part}"] for part in ("sharpness", "edge"))
    assert sharp[0] < 40 and set(edge.values()) == {40.0} and sharp.keys() == edge.keys()
    assert set(result.figures) == {edge_of_stability.FIGURE, edge_of_stability.CONTROL_FIGURE}
    assert set(result.about) == set(result.curves)


def test_a_learning_rate_that_diverges_is_reported_and_no_error(digits: Digits) -> None:
    claims = edge_of_stability.run(digits.train_images[:20], digits.train_labels[:20], 1e30, 12, seed=0).claims
    assert [claim.holds for claim in claims[:3:2]] == [False, False] and math.isnan(claims[0].measured)


def test_a_control_that_rises_below_its_edge_is_noticed() -> None:
    smooth, rough = (
        Training(0.1, losses, {0: 10.0, 2: 25.0}) for losses in ([3.0, 2.0, 1.0, 4.0], [3.0, 5.0, 1.0, 0.0])
    )
    assert (smooth.edge, smooth.crossing) == (20.0, 2)
    assert edge_of_stability.claims(smooth, smooth, 1)[-1].holds
    assert not edge_of_stability.claims(smooth, rough, 1)[-1].holds


def test_the_network_is_drawn_from_its_seed_alone() -> None:
    before = torch.get_rng_state()
    nets = [edge_of_stability.network(seed, torch.device("cpu")) for seed in (0, 0, 1)]
    first, same, other = (next(net.parameters()) for net in nets)
    assert torch.equal(first, same) and not torch.equal(first, other) and torch.equal(before, torch.get_rng_state())
    assert first.abs().max().item() == pytest.approx(1 / 28, rel=1e-3)
